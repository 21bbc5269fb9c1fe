"""How many requests one token or session may make, so that a program that runs wild leaves room for the others.

Counted in this process's memory: it costs nothing, and each replica counts for itself. What may be tried how often
(passwords, say) is another matter, and counted in our database by `services/throttle.py`; both stand in the headers.
"""

from collections import Counter
from time import time
from uuid import UUID

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from jellystone import settings
from jellystone.errors import TooMany
from jellystone.services import throttle
from jellystone.services.actors import Actor
from jellystone.services.throttle import Quota

MINUTE = 60


class Limit(ASGIMiddleware):
    """Stands after `Identify`. It counts by the minute of the clock, and forgets the minute before.

    What is `plain` (health, say) is for machines that look after us, and always answers.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self.minute, self.requests = 0, Counter[UUID]()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        with throttle.noted() as quotas:
            scope["state"]["quotas"] = quotas
            if not scope["route_handler"].opt.get("plain"):
                self._count(scope.get("user"), quotas)
            await next_app(scope, receive, send)

    def _count(self, actor: Actor | None, quotas: list[Quota]) -> None:
        limit = settings.current().requests_per_minute
        if actor is None or actor.key is None or not limit:
            return
        now = int(time())
        if now // MINUTE != self.minute:
            self.minute, self.requests = now // MINUTE, Counter()
        self.requests[actor.key.row] += 1
        left, wait = limit - self.requests[actor.key.row], MINUTE - now % MINUTE
        quotas.append(Quota("requests", limit, MINUTE, left=max(0, left), wait=wait))
        if left < 0:
            who = "session" if actor.key.holder == "session" else "token"
            raise TooMany(f"One {who} may make {limit} requests a minute. Go on in {wait} seconds.", retry_after=wait)


def headers(quotas: list[Quota]) -> dict[str, str]:
    """As in draft-ietf-httpapi-ratelimit-headers-10: the quotas, and what is left of them."""
    if not quotas:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{quota.name}";q={quota.limit};w={quota.seconds}' for quota in quotas),
        "RateLimit": ", ".join(f'"{quota.name}";r={quota.left};t={quota.wait}' for quota in quotas),
    }
