"""What the API description says to those who begin, and the headers that its answers have in common."""

from typing import Any

Schema = dict[str, Any]
ABOUT = """\
The same addresses serve people: ask with `Accept: application/json`, or with no `Accept` at all.

**Signing in.** Send `Authorization: Bearer …` with a personal token (`jsp_…`) or a team's (`jst_…`). A program may
begin from nothing: register, sign in, found a team; the team's first token is in that answer.

**Scopes.** A token carries `read`, `write` (make and change databases and roles), `secrets` (read passwords) and
`admin` (teams, members, tokens, the account). Every operation takes `read`, and says what else it takes. A token that
lacks a scope gets a 403 that names it. What its holder may do in a team is asked besides.

**Making things.** `POST` on a list creates. `PUT` on an address creates or brings to that state, and is safe to
repeat. `PATCH` changes the given fields. An unknown field is an error and never ignored.

**Sending again.** A `POST` with an `Idempotency-Key` can be repeated after a lost answer: it is answered as before,
with `Idempotency-Replayed: true`, and makes no second thing. A 409 of the type `urn:jellystone:already-done` says that
it was done and cannot be answered so any more; one with `Retry-After`, that the first request still runs.

**Changing together.** Databases, roles, servers and teams have an `ETag`, which changes with what a writer can set.
Send it as `If-Match` with `PATCH`, `PUT` or `DELETE`: where somebody else was quicker, nothing is done and the answer
is 412.

**Quotas.** `RateLimit-Policy` and `RateLimit` say what may be done how often and what is left of it; whoever goes on is
answered 429 with `Retry-After`.

**Lists** take `page` and `per_page`, and answer with `items`, `total` and the address of the `next` page.

**Errors** are RFC 9457 problems with every wrong field at once. Times are UTC, sizes are bytes, unknown is `null`.
"""
TAGS = {
    "Overview": "Your teams, your databases, and what needs you.",
    "Databases": "The databases of your teams.",
    "Roles": "PostgreSQL users of a database, and their passwords.",
    "Statistics": "How big databases are, how busy, and how that changed.",
    "Queries": "What databases spend their time on.",
    "Connections": "Who is connected right now, and ending what is in the way.",
    "Advice": "What is worth looking at, why, and what to do about it.",
    "Teams": "The teams you belong to.",
    "Members": "Who belongs to a team, what they may do, and whether they hold the key to its passwords.",
    "Invitations": "Asking people in, and coming in.",
    "Tokens": "What programs sign in with: yours, and your teams'.",
    "Servers": "The PostgreSQL servers that databases are made on.",
    "Events": "Who did what, when and from where.",
    "Account": "Your own account.",
    "Session": "Signing in and out, and where you are signed in.",
    "Operators": "What those who look after the instance see and do.",
    "Health": "For load balancers and monitors.",
}
HEADERS: dict[str, Schema] = {
    "RequestId": {
        "description": "Yours if you sent one, else ours; it stands in the log and in events.",
        "required": True,
        "schema": {"type": "string", "examples": ["0196f0c2d4e87f3a9b1c2d3e4f5a6b7c"]},
    },
    "Location": {
        "description": "The address of what was made.",
        "required": True,
        "schema": {"type": "string", "examples": ["/databases/main/orders"]},
    },
    "Link": {
        "description": "The next page, unless this is the last.",
        "schema": {"type": "string", "examples": ['</databases?page=2&per_page=50>; rel="next"']},
    },
    "RetryAfter": {
        "description": "Seconds to wait before the next attempt.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$", "examples": ["30"]},
    },
    "WWWAuthenticate": {
        "description": "How to say who you are.",
        "required": True,
        "schema": {"type": "string", "examples": ['Bearer realm="Jellystone"']},
    },
}
