"""What a mail says: one of the templates in templates/mail/, as text and as HTML, and the message that is sent.

A template's facts come from people (a team's name, say), so each loses what could break out of a line.
"""

import re
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from jellystone import paths, settings
from jellystone.errors import NotSent

KINDS: dict[str, dict[str, Any]] = {
    "advice": {},
    "confirmation": {"lasts_days": 7},
    "email_change": {"lasts_days": 7},
    "email_change_notice": {"link": None},
    "invitation": {"lasts_days": 7},
    "password_changed": {"address": None},
    "password_reset": {"lasts_days": 1, "address": None},
    "test": {},
    "token_expiring": {},
}
"""Every template, and the facts that need not be given."""

NO_ADDRESS = "Nothing can be sent there: it is not an e-mail address."
LONGEST_SUBJECT = 150
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class Letter(msgspec.Struct, frozen=True):
    """Holds a link perhaps, and so is stored wrapped and never logged. `unsubscribe` is a link that ends such mails."""

    subject: str
    text: str
    html: str
    unsubscribe: str = ""

    def __repr__(self) -> str:
        return f"Letter({self.subject!r})"


def write(template: str, **facts: Any) -> Letter:
    """The subject is the first line of the text. A missing fact is an error."""
    now = settings.current()
    given = {"site": now.base_url, "host": urlsplit(now.base_url).netloc, **KINDS[template], **facts}
    given = {name: _on_one_line(value) for name, value in given.items()}
    said = _environment().get_template(f"{template}.txt").render(given)
    subject, _, text = said.partition("\n")
    given["subject"] = subject = _shortened(subject)
    return Letter(
        subject,
        text.strip() + "\n",
        _environment().get_template(f"{template}.html").render(given),
        facts.get("unsubscribe", ""),
    )


def message(letter: Letter, *, to: str, id: UUID, at: datetime) -> EmailMessage:
    """The same row always becomes the same message: a mail that is sent twice is known by its `Message-ID`.

    Raises `NotSent` if nothing can ever be sent to that address.
    """
    sender = settings.current().mail_from
    composed = EmailMessage(policy.SMTP)
    composed["From"] = _sender(sender)
    composed["To"] = _recipient(to)
    composed["Subject"] = letter.subject
    composed["Date"] = format_datetime(at.astimezone(UTC))
    composed["Message-ID"] = f"<{id}@{sender.rpartition('@')[2]}>"
    composed["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:  # mail programs show a button for it: RFC 2369, and with one click RFC 8058
        composed["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        composed["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    composed.set_content(letter.text, cte="quoted-printable")
    composed.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return composed


def _sender(address: str) -> Address:
    try:
        return Address("Jellystone", addr_spec=address)
    except (ValueError, MessageError):
        raise NotSent(f"{address} cannot be a sender. Set JELLYSTONE_MAIL_FROM to an e-mail address.") from None


def _recipient(to: str) -> Address:
    """One address, whatever was stored. Its domain as DNS has it; a name with other letters needs SMTPUTF8."""
    name, _, domain = to.rpartition("@")
    try:
        asked = Address(username=name, domain=domain.encode("idna").decode())
        if name.isascii():
            return Address(addr_spec=str(asked))
    except (ValueError, IndexError, MessageError):
        raise NotSent(NO_ADDRESS, for_good=True) from None
    if re.search(r'[\s()<>\[\],;:\\"@\x00-\x1f]', name):
        raise NotSent(NO_ADDRESS, for_good=True)
    return asked


def _on_one_line(value: Any) -> Any:
    """Texts, also those in lists of facts; what is no text stays as it is."""
    if isinstance(value, list):
        return [_on_one_line(one) for one in value]
    if isinstance(value, dict):
        return {name: _on_one_line(one) for name, one in value.items()}
    return " ".join(UNSEEN.sub(" ", value).split()) if isinstance(value, str) else value


def _shortened(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {MONTHS[utc.month - 1]} {utc.year}, {utc.hour:02}:{utc.minute:02} UTC"


def _days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"


@cache
def _environment() -> Environment:
    """Apart from the pages' own: a mail knows nothing of requests, and text must not be escaped."""
    jinja = Environment(
        loader=FileSystemLoader(paths.TEMPLATES / "mail"),
        autoescape=select_autoescape(["html"], default_for_string=True, default=False),
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"moment": _moment, "days": _days}
    return jinja
