"""What a server carries: its memory, its settings, and which databases ask most of it. For operators."""

from typing import Annotated

from msgspec import Meta, Struct

from jellystone.facts.servers import Server
from jellystone.facts.statistics import Now


class Share(Struct, kw_only=True):
    """What one of the databases that we manage has of its server."""

    id: Annotated[str, Meta(examples=["main/orders"])]
    team: Annotated[str, Meta(description="The team's slug.", examples=["rangers"])]
    size_bytes: int | None
    connections: int | None
    query_ms_per_second: Annotated[
        float | None, Meta(description="Over the last hour; 1,000 is one connection at work all the time.")
    ]


class ServerMemory(Struct, kw_only=True):
    total_bytes: Annotated[int | None, Meta(description="The machine's, as the server tells it, or as given.")]
    given_bytes: Annotated[int | None, Meta(description="What an operator typed in.", examples=[17_179_869_184])]
    told: Annotated[bool, Meta(description="Whether the server tells it: then what was given does not count.")]
    private_bytes: Annotated[int | None, Meta(description="Of its sessions now, where the server tells.")]
    shared_bytes: Annotated[int | None, Meta(description="shared_buffers")]
    could_use_bytes: Annotated[
        int | None,
        Meta(description="Upper bound: every connection sorts twice at once, every autovacuum worker is at work."),
    ]
    could_use_percent: Annotated[float | None, Meta(description="The same of all there is.", examples=[61.5])]


class ServerLoad(Struct, kw_only=True):
    now: Now
    memory: ServerMemory
    parameters: Annotated[
        dict[str, int | float | bool | str],
        Meta(description="Settings that matter, in bytes and milliseconds.", examples=[{"max_connections": 100}]),
    ]
    biggest: list[Share]
    busiest: list[Share]
    most_connected: list[Share]


class ChangedServer(ServerLoad, kw_only=True):
    """What a server carries, and how a change has left it itself."""

    server: Server
