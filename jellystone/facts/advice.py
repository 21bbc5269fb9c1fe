"""What is not as it should be, and what to do about it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment

State = Literal["ok", "watch", "act", "unknown"]
Kind = Literal["database", "server"]


class AdviceCount(Struct, kw_only=True):
    """How many checks are in which state; `unknown`: nobody could look, or a right is missing. The rest is well."""

    act: Annotated[int, Meta(examples=[0])] = 0
    watch: Annotated[int, Meta(examples=[1])] = 0
    unknown: Annotated[int, Meta(examples=[0])] = 0
    checks: Annotated[int, Meta(description="How many checks there are in all.", examples=[19])] = 0

    @property
    def ok(self) -> int:
        return self.checks - self.act - self.watch - self.unknown

    @property
    def worst(self) -> State:
        return "act" if self.act else "watch" if self.watch else "unknown" if self.unknown else "ok"


class Advice(Struct, kw_only=True):
    """One check of one database or server. Texts are for people; programs go by `check`, `state` and `seen`."""

    check: Annotated[str, Meta(examples=["idle-in-transaction"])]
    state: Annotated[State, Meta(examples=["act"])]
    title: Annotated[str, Meta(examples=["A transaction left open"])]
    object_kind: Annotated[Kind, Meta(examples=["database"])]
    object: Annotated[str, Meta(description="The id of the database or server.", examples=["main/orders"])]
    team: Annotated[str | None, Meta(description="The slug of the database's team.", examples=["rangers"])]
    seen: Annotated[
        dict[str, str | int | float | None],
        Meta(description="The figures, with their unit in the name.", examples=[{"longest_seconds": 720}]),
    ]
    summary: Annotated[str, Meta(description="What was seen, in words.")]
    why: Annotated[str, Meta(description="Why it matters.")]
    what: Annotated[str, Meta(description="What to do.")]
    sql: Annotated[str | None, Meta(description="Statements that help, if SQL does.")]
    run_by: Annotated[
        Literal["owner", "operator"] | None,
        Meta(description="Who can run them: a role with access `owner` in the database, or an operator."),
    ]
    page: Annotated[
        str | None, Meta(description="Where to go on here.", examples=["/databases/main/orders/connections"])
    ]
    limits: Annotated[str, Meta(description="When it is said.", examples=["watch after 1 minute, act after 10"])]
    since: Annotated[Moment | None, Meta(description="In this state since then; null: it is ok or was never seen.")]


class MutedAdvice(Struct, kw_only=True):
    """Of which checks somebody wants no mails. They are shown on pages all the same."""

    all: Annotated[bool, Meta(description="No mails about advice at all.", examples=[False])]
    checks: Annotated[list[str], Meta(description="The names of checks.", examples=[["unused"]])]


class AdviceMailsOf(Struct, kw_only=True):
    """Whose mails the link in one of them ends."""

    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    ended: Annotated[bool, Meta(description="Whether they are ended already.", examples=[False])]
