"""What a database's new sessions begin with. Units stand in the fields' names; null: the server's own value."""

from typing import Annotated

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment

LONGEST_MS = 2_147_483_647
NO_LESS = {"error": "Give milliseconds: 0 for no limit, or at least 100."}

Milliseconds = Annotated[int, Meta(ge=0, le=LONGEST_MS, description="0: no limit.", examples=[30_000], extra=NO_LESS)]
WorkMem = Annotated[
    int,
    Meta(
        ge=64 << 10,
        le=256 << 20,
        description="For each sort or hash of each session, before it goes to the disk.",
        examples=[16 << 20],
        extra={"error": "Give bytes, from 65,536 (64 kB) to 268,435,456 (256 MB)."},
    ),
]
TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_+/:-]+$(?!\n)",
        description="By which moments are shown and read.",
        examples=["Europe/Berlin"],
        extra={"error": "Give a time zone's name, such as Europe/Berlin or UTC."},
    ),
]
SchemaName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=63,
        pattern=r'^[^\x00-\x1f\x7f"\\]+$(?!\n)',
        examples=["public"],
        extra={"error": "Give names of schemas, without quotes, at most 63 characters each."},
    ),
]
SearchPath = Annotated[
    list[SchemaName],
    Meta(max_length=20, description="Where names without a schema are looked for.", examples=[["app", "public"]]),
]
LogFrom = Annotated[
    int,
    Meta(
        ge=-1,
        le=LONGEST_MS,
        description="Statements that take longer get into the server's log; -1: none. For operators.",
        examples=[1000],
        extra={"error": "Give milliseconds, or -1 for none."},
    ),
]
TempLimit = Annotated[
    int,
    Meta(
        ge=-1,
        le=1 << 40,
        description="Temporary files that one session may have, a limit that binds; -1: no limit. For operators.",
        examples=[10 << 30],
        extra={"error": "Give bytes, or -1 for no limit."},
    ),
]


class ParameterValues(Struct, kw_only=True):
    statement_timeout_ms: Annotated[Milliseconds | None, Meta(description="A statement is cancelled after this.")] = (
        None
    )
    lock_timeout_ms: Annotated[Milliseconds | None, Meta(description="Waiting for a lock is given up after this.")] = (
        None
    )
    idle_in_transaction_session_timeout_ms: Annotated[
        Milliseconds | None, Meta(description="A session that is idle in a transaction ends after this.")
    ] = None
    idle_session_timeout_ms: Annotated[
        Milliseconds | None, Meta(description="A session that does nothing ends after this.")
    ] = None
    transaction_timeout_ms: Annotated[
        Milliseconds | None, Meta(description="A longer transaction's session ends. PostgreSQL 17 and newer.")
    ] = None
    work_mem_bytes: WorkMem | None = None
    timezone: TimeZone | None = None
    search_path: Annotated[SearchPath | None, Meta(description="Empty or null: the server's own.")] = None
    log_min_duration_statement_ms: LogFrom | None = None
    temp_file_limit_bytes: TempLimit | None = None


class Parameters(ParameterValues, kw_only=True):
    """Defaults and not limits: a session may set its own. They hold for sessions that begin from now on."""

    server: Annotated[
        ParameterValues | None, Meta(description="What holds where a field is null; null: not known yet.")
    ]
    settable: Annotated[
        list[str], Meta(description="The fields that you may set here.", examples=[["lock_timeout_ms"]])
    ]
    missing: Annotated[
        dict[str, str], Meta(description="What must be run on the server before a field can be set, by field.")
    ]
    applied: Annotated[bool, Meta(description="Whether the server has got them already.")]
    problem: Annotated[str | None, Meta(description="Why it has not, in words.")]
    measured_at: Annotated[Moment | None, Meta(description="When the server was last asked for its own.")]
