"""How often somebody may try: one atomic statement, right for any number of replicas."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from jellystone.database import DB
from jellystone.errors import TooMany


@dataclass(frozen=True)
class Quota:
    """`limit` in windows of `seconds`; `left` of it in this one, which ends after `wait` seconds."""

    name: str
    limit: int
    seconds: int
    left: int
    wait: int


_noted: ContextVar[list[Quota] | None] = ContextVar("quotas", default=None)


@contextmanager
def noted() -> Iterator[list[Quota]]:
    """What is counted for a request, for its answer's headers."""
    quotas: list[Quota] = []
    before = _noted.set(quotas)
    try:
        yield quotas
    finally:
        _noted.reset(before)


async def count(what: str, who: str | None, *, limit: int, seconds: int) -> None:
    """Count one more `what` by `who` in the present window of `seconds`; raises `TooMany` beyond `limit`."""
    if who is None:
        return
    now = int(time.time())
    row = await DB.fetch_row(
        """
        INSERT INTO throttles AS t (key, window_start, hits) VALUES ($1, $2, 1)
        ON CONFLICT (key) DO UPDATE SET
            hits = CASE WHEN t.window_start = excluded.window_start THEN t.hits + 1 ELSE 1 END,
            window_start = excluded.window_start
        RETURNING hits
        """,
        f"{what}:{who}"[:400],
        now - now % seconds,
    )
    hits, wait = row["hits"] if row else 0, seconds - now % seconds
    if (quotas := _noted.get()) is not None:
        quotas.append(Quota(what, limit, seconds, left=max(0, limit - hits), wait=wait))
    if hits > limit:
        raise TooMany(f"Too many attempts. Try again in {_words(wait)}.", retry_after=wait)


async def forget(what: str, who: str) -> None:
    """After a success the earlier failures no longer count."""
    await DB.fetch("DELETE FROM throttles WHERE key = $1", f"{what}:{who}"[:400])


async def sweep() -> None:
    """Windows of yesterday are of no use."""
    await DB.fetch("DELETE FROM throttles WHERE window_start < $1", int(time.time()) - 86_400)


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{-(-seconds // 60)} minutes"
