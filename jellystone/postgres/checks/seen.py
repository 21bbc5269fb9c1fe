"""What checks judge: what was stored, and what the server said a moment ago. None is "not known", never zero."""

from dataclasses import dataclass, field

from jellystone.postgres.drift import Drift
from jellystone.postgres.health import DatabaseHealth, ServerHealth


@dataclass(frozen=True, kw_only=True)
class Hour:
    """What went on within the last hour; connections as means. `minutes`: for how many of it we looked."""

    minutes: float
    connections: float = 0
    idle: float | None = 0
    commits: int = 0
    rollbacks: int = 0
    blocks_hit: int = 0
    blocks_read: int = 0
    temp_bytes: int = 0
    deadlocks: int = 0
    sessions_abandoned: int = 0
    sessions_fatal: int = 0


@dataclass(frozen=True, kw_only=True)
class DatabaseSeen:
    """`lost_tag`: its comment, if the server answered and has no database with it.

    `looked_days`: since when there are figures.
    """

    name: str
    connections: int | None = None
    connection_limit: int | None = None
    age_days: float = 0
    unused_days: float | None = None
    looked_days: float | None = None
    size_bytes: int | None = None
    size_a_day_ago_bytes: int | None = None
    hour: Hour = Hour(minutes=0)
    health: DatabaseHealth | None = None
    lost_tag: str | None = None
    freeze_max_age: int = 200_000_000
    drift: Drift = field(default_factory=Drift)


@dataclass(frozen=True, kw_only=True)
class ServerSeen:
    """`silent_seconds`: since it last answered, if it does not answer now; `full`: it has no connection left for us.

    `memory_bytes` is that of the machine, `private_bytes` what its sessions have for themselves.
    """

    name: str
    problem: str | None = None
    full: bool = False
    silent_seconds: float | None = None
    memory_bytes: int | None = None
    private_bytes: int | None = None
    health: ServerHealth | None = None
