"""A managed PostgreSQL server, as last seen: nothing here needs a connection to it."""

from typing import Annotated

from msgspec import Meta, Struct, field

from jellystone.facts.advice import AdviceCount
from jellystone.facts.moments import Moment


class Admin(Struct, kw_only=True):
    """Our own way to a server. Its password is told to nobody."""

    url: Annotated[
        str | None,
        Meta(
            description="Without its password. null: stored under a secret key that is not set any more.",
            examples=["postgresql://jellystone_admin@db.park.example:5432/postgres?sslmode=require"],
        ),
    ]
    tls: Annotated[str | None, Meta(description="In use: `TLSv1.3`, or empty for none; null: unknown.")]


class Server(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["main"])]
    name: Annotated[str, Meta(examples=["main"])]
    host: Annotated[str, Meta(description="As clients reach it.", examples=["db.park.example"])]
    port: Annotated[int, Meta(examples=[5432])]
    sslmode: Annotated[str, Meta(description="What clients are told to use.", examples=["require"])]
    version: Annotated[str | None, Meta(examples=["18.6"])]
    started_at: Moment | None
    connections: Annotated[int | None, Meta(description="In use at the last contact.", examples=[12])]
    connections_usable: Annotated[int | None, Meta(description="What ordinary roles may use in all.", examples=[97])]
    rights: Annotated[
        dict[str, bool], Meta(description="What our own role may do there.", examples=[{"create databases": True}])
    ]
    warnings: Annotated[list[str], Meta(description="What to mend, in words; empty if nothing.")]
    databases: Annotated[int, Meta(description="How many we manage there.", examples=[41])]
    contacted_at: Annotated[Moment | None, Meta(description="The last time it answered.")]
    problem: Annotated[str | None, Meta(description="Why it cannot be used just now, in words.")]
    created_at: Annotated[Moment, Meta(description="When it was registered.")]
    changed_at: Annotated[Moment, Meta(description="When anything of it was last set here.")]
    by_settings: Annotated[
        bool, Meta(description="`JELLYSTONE_SERVER_URL` says where it is: it is neither changed nor removed here.")
    ]
    admin: Annotated[Admin | None, Meta(description="How we reach it; null to who is no operator.")]
    advice: AdviceCount = field(default_factory=AdviceCount)
