"""What all resources and data sources have in common: their states, their checks, and how problems are told."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from tf.iface import DataSource, Resource
from tf.schema import Schema
from tf.types import Unknown
from tf.utils import Diagnostics

from jellystone.client import NotFound, Unreachable
from jellystone.terraform import problems
from jellystone.terraform.checks import check
from jellystone.terraform.kinds import Field

if TYPE_CHECKING:
    from jellystone.client import Jellystone
    from jellystone.terraform.provider import JellystoneProvider

State = dict[str, Any]


class Described:
    """`at` is the attribute that a problem of this status is about; `names` is ours by the API's, where they differ."""

    name: ClassVar[str]
    words: ClassVar[str]
    fields: ClassVar[list[Field]]
    at: ClassVar[dict[int, str]] = {}
    names: ClassVar[dict[str, str]] = {}

    def __init__(self, provider: "JellystoneProvider") -> None:
        self.provider = provider

    @classmethod
    def get_name(cls) -> str:
        return cls.name

    @classmethod
    def get_schema(cls) -> Schema:
        return Schema(version=1, attributes=[*cls.fields], description=cls.words)

    @property
    def client(self) -> "Jellystone":
        return self.provider.client

    @contextmanager
    def told(self, diagnostics: Diagnostics, what: str, *, importing: str = "") -> Iterator[None]:
        with problems.told(diagnostics, what, at=self.at, names=self.names, importing=importing):
            try:
                yield
            except Unreachable:
                self.provider.lose_patience()
                raise


class Noun(Described, Resource):
    """A resource. Subclasses say what is done, in `made`, `seen`, `change` and `removed`, and raise ClientErrors."""

    @abstractmethod
    def made(self, planned: State, diagnostics: Diagnostics) -> State:
        """Make it, and say what it is."""

    @abstractmethod
    def seen(self, state: State, diagnostics: Diagnostics) -> State:
        """What it is now. Raises NotFound where it is gone."""

    @abstractmethod
    def change(self, state: State, planned: State) -> None:
        """Bring it from `state` to `planned`, and `state` with it, a step at a time: what is reached stays in it."""

    @abstractmethod
    def removed(self, state: State) -> None:
        """Raises NotFound where it was gone already."""

    @abstractmethod
    def named(self, id: str) -> State:
        """What an id to import says. Raises ValueError with the form that it should have."""

    def foresee(self, planned: State) -> None:
        """Fill in what follows from the configuration: ids of what is to be made."""

    def plan_end(self, prior: State, diagnostics: Diagnostics) -> None:
        """Say why it cannot be destroyed, if so."""

    def validate(self, diags: Diagnostics, type_name: str, config: State) -> None:
        super().validate(diags, type_name, config)
        check(diags, self.fields, config)

    def plan_beginning(self, proposed: State) -> State:
        planned = {field.name: _at_first(field, proposed.get(field.name)) for field in self.fields}
        self.foresee(planned)
        return planned

    def brought_up(self, version: int, state: State, diagnostics: Diagnostics) -> State:
        """A state of before, with the attributes of today."""
        return {field.name: state.get(field.name) for field in self.fields}

    def upgrade(self, ctx: Any, version: int, old: State) -> State:
        return self.brought_up(version, old, ctx.diagnostics)

    def create(self, ctx: Any, planned: State) -> State | None:
        with self.told(ctx.diagnostics, f"Creating {ctx.type_name}", importing=ctx.type_name):
            return {**_emptied(planned), **self.made(planned, ctx.diagnostics)}
        return None

    def read(self, ctx: Any, current: State) -> State | None:
        if self.provider.unknown:
            return current
        with self.told(ctx.diagnostics, f"Reading {ctx.type_name}"):
            try:
                return {**current, **self.seen(current, ctx.diagnostics)}
            except NotFound:
                return None
        return current

    def update(self, ctx: Any, current: State, planned: State) -> State:
        state = dict(current)
        with self.told(ctx.diagnostics, f"Changing {current['id']}"):
            self.change(state, planned)
            return {**_emptied(planned), **state}
        return state

    def delete(self, ctx: Any, current: State) -> State | None:
        with self.told(ctx.diagnostics, f"Destroying {current['id']}"):
            with suppress(NotFound):
                self.removed(current)
            return None
        return current

    def import_(self, ctx: Any, id: str) -> State | None:
        try:
            named = self.named(id)
        except ValueError as problem:
            ctx.diagnostics.add_error(f"{id} cannot be imported", str(problem))
            return None
        return {**dict.fromkeys(field.name for field in self.fields), "id": id, **named}


class Source(Described, DataSource):
    """A data source."""

    @abstractmethod
    def found(self, config: State) -> State:
        """Every attribute but those of the configuration."""

    def validate(self, diags: Diagnostics, type_name: str, config: State) -> None:
        super().validate(diags, type_name, config)
        check(diags, self.fields, config)

    def read(self, ctx: Any, config: State) -> State | None:
        with self.told(ctx.diagnostics, f"Reading {ctx.type_name}"):
            return {**_emptied(config), **self.found(config)}
        return None


def differing(state: State, planned: State, fields: Iterable[Field]) -> State:
    """What is planned of these, where it is another."""
    return {
        field.name: planned[field.name]
        for field in fields
        if planned[field.name] is not Unknown
        and not field.type.semantically_equal(state[field.name], planned[field.name])
    }


def _at_first(field: Field, value: Any) -> Any:
    return field.default if value is None and field.computed else value


def _emptied(state: State) -> State:
    """What has not become known is nothing."""
    return {name: None if value is Unknown else value for name, value in state.items()}
