"""`ETag` on what two writers might change at once, and `If-Match` and `If-None-Match` on what they send.

There is no 304: the tag says nothing of the figures, so an old answer with the same tag may be out of date. A proxy
that compresses may make a tag weak (`W/"…"`); it counts as the same.
"""

import re

from jellystone.errors import Invalid
from jellystone.services.versions import ALWAYS, Condition
from jellystone.web.negotiation import AnyRequest

TAGS = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)')
WRONG = 'Send an ETag as you got it, in its quotation marks, such as "5f0c9e…", or *.'
ONLY_STAR = "Only * is understood here: make it, and change nothing if it is there already."


async def which_condition(request: AnyRequest) -> Condition:
    """Of a change. Both headers at once make no sense, and If-None-Match with tags is for reading."""
    wanted, unwanted = request.headers.get("if-match"), request.headers.get("if-none-match")
    if wanted is None and unwanted is None:
        return ALWAYS
    if unwanted is not None and request.method == "PUT":
        if unwanted.strip() != "*" or wanted is not None:
            raise Invalid(**{"If-None-Match": ONLY_STAR})
        return Condition(exists=False)
    if wanted is None:
        return ALWAYS
    return Condition(exists=True) if wanted.strip() == "*" else Condition(tags=_tags(wanted))


def _tags(text: str) -> frozenset[str]:
    found, at = set(), 0
    while at < len(text):
        one = TAGS.match(text, at)
        if one is None:
            raise Invalid(**{"If-Match": WRONG})
        found.add(one[1])
        at = one.end()
    if not found:
        raise Invalid(**{"If-Match": WRONG})
    return frozenset(found)
