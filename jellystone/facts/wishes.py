"""What may be wished for, a type each: the API checks with them, and so does who wants to know before it asks."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

DatabaseName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=50,
        pattern=r"^[a-z][a-z0-9_]*$(?!\n)",
        examples=["orders"],
        extra={"error": "Use small letters, digits and underscores, a letter first; at most 50 characters."},
    ),
]
Description = Annotated[str, Meta(max_length=500, examples=["Orders of the web shop"])]
ConnectionLimit = Annotated[int, Meta(ge=0, le=100_000, description="null: no limit of its own", examples=[20])]
Slug = Annotated[str, Meta(max_length=64, examples=["rangers"])]
Encoding = Annotated[str, Meta(max_length=40, description="Such as UTF8; null: the server's own.")]
LocaleProvider = Annotated[Literal["libc", "icu", "builtin"], Meta(description="Who knows the locale; null: libc.")]
Locale = Annotated[str, Meta(max_length=80, description="Such as C.UTF-8, or de-DE for icu; null: the server's own.")]
Protected = Annotated[bool, Meta(description="It cannot be deleted while this is true.")]
SlowQueryMs = Annotated[
    int,
    Meta(
        ge=0,
        le=86_400_000,
        description="Runs of queries that take longer get into the slow query log.",
        examples=[1000],
        extra={"error": "Give milliseconds, from 0 to 86,400,000."},
    ),
]
RoleName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=63,
        pattern=r"^[a-z][a-z0-9_]*$(?!\n)",
        examples=["orders_app"],
        extra={"error": "Use small letters, digits and underscores, a letter first; at most 63 characters."},
    ),
]
Until = Annotated[datetime, Meta(tz=True, description="When its password stops working; null: never")]
TeamName = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=64,
        pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)",
        examples=["Rangers"],
        extra={"error": "Give a name of 2 to 64 characters, without a space at either end."},
    ),
]
ServerName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        pattern=r"^[a-z][a-z0-9_-]*$(?!\n)",
        examples=["reports"],
        extra={"error": "Use small letters, digits, - and _, a letter first; at most 40 characters."},
    ),
]
ServerUrl = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=r"^\s*postgres(ql)?://",
        description="Our own way in, such as postgresql://user@host:5432/postgres?sslmode=require.",
        examples=["postgresql://jellystone_admin@db.park.example:5432/postgres?sslmode=require"],
        extra={"error": "It must begin with postgresql://, as in postgresql://user@host:5432/postgres."},
    ),
]
PublicHost = Annotated[str, Meta(max_length=255, description="As clients reach it; null: as in the address.")]
PublicPort = Annotated[int, Meta(ge=1, le=65535, description="As clients reach it; null: as in the address.")]
PublicSSLMode = Annotated[
    Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
    Meta(description="What clients are told to use; null: as in the address."),
]
MemoryBytes = Annotated[
    int,
    Meta(ge=1024**3, le=64 * 1024**4, description="null: not known", examples=[17_179_869_184]),
]
TokenName = Annotated[str, Meta(min_length=1, max_length=80, examples=["terraform"])]
Scopes = Annotated[
    list[Literal["read", "write", "secrets", "admin"]],
    Meta(
        min_length=1,
        max_length=4,
        examples=[["read", "write"]],
        extra={"error": "Choose at least one scope: read, write, secrets or admin."},
    ),
]
Days = Annotated[int, Meta(ge=1, le=3650, description="Days until it expires; null: never.", examples=[90])]
RankWord = Annotated[
    Literal["owner", "member", "viewer"],
    Meta(description="A viewer sees names and figures, no passwords, and changes nothing.", examples=["member"]),
]
Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[^@/\s\x00-\x1f]+@[^@/\s\x00-\x1f]+$(?!\n)",  # no slash: it stands in addresses of ours
        examples=["yogi@park.example"],
        extra={"error": "Give an e-mail address, such as yogi@park.example."},
    ),
]
