"""What the databases of a made-up park are like."""

from dataclasses import dataclass, fields

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Character:
    """How a database is used. Rates are those of the busiest hour, of rows and blocks for each transaction.

    `night` is the share of the day's traffic that is left at night, `weekend` that of the week's; in `bursts` of all
    half hours there are four times as many transactions, in `spills` of all half hours a query sorts on disk.
    """

    per_second: float
    query_ms: float
    pool: int
    size_bytes: int
    grows_bytes_per_day: int
    night: float = 0.15
    weekend: float = 0.4
    bursts: float = 0.02
    spills: float = 0.0
    rollbacks: float = 0.004
    rows_read: float = 40.0
    rows_written: float = 0.6
    cache_hit: float = 0.992
    idle_in_transaction: float = 0.1
    from_hour: int = 0
    to_hour: int = 24


NAMES = tuple(field.name for field in fields(Character))
CHARACTERS = {
    "shop": Character(
        per_second=60, query_ms=6, pool=14, size_bytes=18_000 * MIB, grows_bytes_per_day=34 * MIB, spills=0.02
    ),
    "office": Character(
        per_second=6, query_ms=9, pool=8, size_bytes=2_300 * MIB, grows_bytes_per_day=3 * MIB, night=0.01, weekend=0.05
    ),
    "batch": Character(
        per_second=14,
        query_ms=160,
        pool=1,
        size_bytes=61_000 * MIB,
        grows_bytes_per_day=110 * MIB,
        night=1,
        weekend=1,
        spills=0.6,
        rows_read=9_000,
        rows_written=120,
        cache_hit=0.86,
        from_hour=1,
        to_hour=4,
    ),
    "sensors": Character(
        per_second=22,
        query_ms=2,
        pool=5,
        size_bytes=9_400 * MIB,
        grows_bytes_per_day=19 * MIB,
        night=0.95,
        weekend=1,
        rows_read=3,
        rows_written=4,
        bursts=0.005,
    ),
    "small": Character(
        per_second=0.2, query_ms=3, pool=1, size_bytes=41 * MIB, grows_bytes_per_day=20_000, night=0.3, bursts=0.05
    ),
    "idle": Character(per_second=0, query_ms=0, pool=0, size_bytes=8 * MIB, grows_bytes_per_day=0),
}
