"""Which stretch of time a page of figures is about: the last hour, day … or from one moment to another."""

from datetime import UTC, datetime
from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from jellystone.errors import Invalid
from jellystone.facts.statistics import Span
from jellystone.services import spans
from jellystone.services.spans import Stretch

ISO = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z?)?$"
Back = Annotated[Span, QueryParameter(description="How far back from `until`; not heeded where `since` is given.")]
At = Annotated[str, QueryParameter(pattern=ISO, max_length=30, description="A moment in UTC: 2030-01-31T09:30Z.")]


async def which_stretch(span: Back = "day", since: At = "", until: At = "") -> Stretch:
    return spans.stretch(span, _moment(since=since), _moment(until=until))


async def which_span(span: Back = "day", since: At = "", until: At = "") -> Span | Stretch:
    """Spans have steps of their own, which begin at full hours or days; a stretch has as many as fit."""
    return spans.stretch(span, _moment(since=since), _moment(until=until)) if since or until else span


def _moment(**named: str) -> datetime | None:
    ((name, text),) = named.items()
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise Invalid(**{name: "Give a moment that there is, such as 2030-01-31T09:30Z."}) from None


AskedStretch = NamedDependency[Stretch]
AskedSpan = NamedDependency[Span | Stretch]
