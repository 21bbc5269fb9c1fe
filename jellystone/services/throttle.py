"""How often somebody may try: one atomic statement, right for any number of replicas."""

import time

from jellystone.database import DB
from jellystone.errors import TooMany


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
    if row is not None and row["hits"] > limit:
        wait = seconds - now % seconds
        raise TooMany(f"Too many attempts. Try again in {_words(wait)}.", retry_after=wait)


async def forget(what: str, who: str) -> None:
    """After a success the earlier failures no longer count."""
    await DB.fetch("DELETE FROM throttles WHERE key = $1", f"{what}:{who}"[:400])


async def sweep() -> None:
    """Windows of yesterday are of no use."""
    await DB.fetch("DELETE FROM throttles WHERE window_start < $1", int(time.time()) - 86_400)


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{-(-seconds // 60)} minutes"
