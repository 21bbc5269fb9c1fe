"""Figures and moments in words, as pages show them. Programs get the bare values instead."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zlib import crc32

from markupsafe import Markup

UNKNOWN = Markup(  # a column of "unknown" shouts; the word is there for those who listen or ask
    '<span class="unknown" title="unknown"><span aria-hidden="true">&ndash;</span>'
    '<span class="hush">unknown</span></span>'
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STEPS = MINUTE, HOUR, DAY = (60, "minute"), (3600, "hour"), (86400, "day")
ACCESS = {"owner": "owner", "readwrite": "read and write", "readonly": "read only"}
TAGS = {
    word: Markup('<span class="tag tag--{}">{}</span>').format(kind, word)
    for kind, group in {
        "ready": ("ready", "can log in", "yes", "sent"),
        "busy": ("creating", "deleting", "trashed", "waiting"),
        "failed": ("failed", "expired", "unreachable", "given up"),
        "quiet": ("disabled", "protected", "no"),
    }.items()
    for word in group
}


def size(octets: int | None) -> str | Markup:
    """Bytes in steps of 1,024 under the names that PostgreSQL's `pg_size_pretty` gives them: 1.4 GB."""
    if octets is None:
        return UNKNOWN
    amount, units = float(octets), iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 999.5 and unit != "TB":
        amount, unit = amount / 1024, next(units)
    said = f"{amount:.1f}".removesuffix(".0") if amount < 10 else f"{amount:,.0f}"
    return f"{said} {unit}"


def number(amount: int | None) -> str | Markup:
    return UNKNOWN if amount is None else f"{amount:,}"


def limit(amount: int | None) -> str:
    return "no limit" if amount is None else f"{amount:,}"


def count(amount: int, noun: str, several: str = "") -> str:
    """`3 databases`, `1 database`; `several` where that is not the noun with an s."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {several or noun + 's'}"


def ago(moment: datetime | None, never: str = "") -> Markup:
    """How long ago (or how far ahead) in words, with the exact moment behind it."""
    if moment is None:
        return _nothing(never)
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return _time(moment, _distance(seconds) if abs(seconds) < 30 * 86400 else _date(moment.astimezone(UTC)))


def moment(at: datetime | None, never: str = "never") -> Markup:
    """The moment itself, in UTC; `<local-time>` shows it in the reader's own zone where JavaScript runs."""
    return _nothing(never) if at is None else _time(at, _exactly(at), exact=True)


def _nothing(word: str) -> Markup:
    return Markup('<span class="unknown">{}</span>').format(word) if word else UNKNOWN


def period(seconds: int) -> str:
    """`15 minutes`, `2 hours`, `7 days`."""
    step, name = next((s for s in reversed(STEPS) if seconds >= s[0]), STEPS[0])
    return count(max(1, round(seconds / step)), name)


def _distance(seconds: float) -> str:
    far = abs(seconds)
    if far < 45:
        return "just now"
    step, name = MINUTE if far < 0.95 * HOUR[0] else HOUR if far < 0.95 * DAY[0] else DAY
    words = count(max(1, round(far / step)), name)
    return f"{words} ago" if seconds > 0 else f"in {words}"


def _time(at: datetime, words: str, *, exact: bool = False) -> Markup:
    """All of it is ours, so nothing needs escaping: this runs for each row of each list."""
    utc = at.astimezone(UTC)
    return Markup(  # noqa: S704
        f'<local-time{" exact" if exact else ""}><time datetime="{utc.isoformat(timespec="seconds")[:19]}Z"'
        f' title="{_exactly(utc)}">{words}</time></local-time>'
    )


def _date(at: datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def _exactly(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{_date(utc)}, {utc.hour:02}:{utc.minute:02} UTC"


def tag(word: str) -> Markup:
    """A state with its colour: the word is always there, for the colour alone says nothing to many."""
    return TAGS.get(word) or Markup('<span class="tag">{}</span>').format(word)


def state(role: Any) -> str:
    """What a role's row says: whether one can log in with it just now, or why not."""
    if role.status != "ready":
        return str(role.status)
    if not role.enabled:
        return "disabled"
    return "expired" if role.valid_until and role.valid_until <= datetime.now(UTC) else "can log in"


def initials(name: str) -> str:
    """The two letters on a team's badge."""
    first, *others = name.replace("-", " ").replace("_", " ").split() or ["?"]
    return (first[0] + others[0][0]).upper() if others else first[:2].capitalize()


def hue(name: str) -> int:
    """Which of the four colours a team's badge has: always the same for the same name."""
    return crc32(name.encode()) % 4


def page(identifier: str, kind: str) -> str:
    """The address of what an event or an id names: `main/orders/orders_app` is a role's page."""
    server, _, rest = identifier.partition("/")
    database, _, role = rest.partition("/")
    if kind == "role":
        return f"/databases/{quote(server)}/{quote(database)}/roles/{quote(role)}"
    return f"/{kind}s/{quote(identifier)}"


def entered(value: Any) -> str:
    """A value as its field wants it back: moments without zone (they are UTC), nothing for null, a line for each."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M}"
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def pairs(things: list[Any], key: str) -> list[tuple[str, str]]:
    """What a select offers: each thing's `key` and its name."""
    return [(getattr(thing, key), thing.name) for thing in things]


FILTERS: dict[str, Callable[..., Any]] = {
    "access": lambda word: ACCESS.get(word, word),
    **{
        f.__name__: f
        for f in (
            ago,
            count,
            entered,
            hue,
            initials,
            limit,
            moment,
            number,
            page,
            pairs,
            period,
            size,
            state,
            tag,
        )
    },
}
