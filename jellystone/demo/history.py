"""Made-up but believable history, written straight into our own tables by a few statements a table.

Days have a rhythm and weeks an end, sizes grow, bursts come and go, queries spill, somebody restarts the server, and
the collector was away for a while. Written twice it stays as it was the first time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from jellystone.database import DB
from jellystone.demo import characters, statements
from jellystone.demo.characters import Character
from jellystone.demo.sql import FIGURES, NOW, SERVER, SERVER_NOW
from jellystone.services.spans import Step
from jellystone.services.steps import make_partitions

STEPS: dict[Step, tuple[timedelta, timedelta]] = {  # how long a step is, and how far back its rows reach
    "minute": (timedelta(minutes=1), timedelta(days=1)),
    "ten_minutes": (timedelta(minutes=10), timedelta(days=31)),
    "day": (timedelta(days=1), timedelta(days=730)),
}
AWAY: dict[Step, list[tuple[timedelta, timedelta]]] = {  # when nobody looked: (how long ago it began, for how long)
    "minute": [(timedelta(hours=8, minutes=10), timedelta(minutes=47))],
    "ten_minutes": [(timedelta(hours=8, minutes=10), timedelta(minutes=47)), (timedelta(days=12), timedelta(hours=9))],
    "day": [(timedelta(days=12), timedelta(hours=9)), (timedelta(days=150), timedelta(days=6))],
}


async def write(
    server: UUID,
    databases: Mapping[UUID, Character],
    *,
    span: timedelta = timedelta(days=365),
    until: datetime | None = None,
    with_statements: bool = True,
) -> None:
    """`databases` says of each id what it is like (as one of `CHARACTERS`); both ids stand in their tables already.

    Figures end at `until` (now) and begin `span` before; what a step keeps by default is never exceeded. The figures
    of `databases` and `servers` become those of the last minute.
    """
    until = (until or datetime.now(UTC)).replace(second=0, microsecond=0)
    ids, kinds = list(databases), list(databases.values())
    columns = [[getattr(kind, name) for kind in kinds] for name in characters.NAMES]
    for step, (_, kept) in STEPS.items():
        await make_partitions(step, until - min(span, kept), until)
    async with DB.transaction():
        for step, (length, kept) in STEPS.items():
            since = _floor(until - min(span, kept), length)
            last = _floor(until, length) - length
            away = [(until - ago, until - ago + lasting) for ago, lasting in AWAY[step] if ago < until - since]
            asked = (since, last, length, [begin for begin, _ in away], [end for _, end in away], ids, *columns, until)
            await DB.fetch(FIGURES.format(step=step), *asked)
            await DB.fetch(SERVER.format(step=step), *asked, server)
        await DB.fetch(NOW, ids, until)
        await DB.fetch(SERVER_NOW, server, until)
        if with_statements:
            await statements.write(databases, since=until - min(span, timedelta(days=31)), until=until)


def _floor(at: datetime, length: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at - (at - epoch) % length
