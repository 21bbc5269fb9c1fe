"""One description of each request, for a program that waits and for one that awaits.

A noun's method says what to send and what comes back. Reached through `Jellystone` it returns that, through
`AsyncJellystone` a coroutine of it: `sent` and `listed` know which, and so do type checkers.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec
from msgspec import UNSET

from jellystone.facts.lists import Listing

P = ParamSpec("P")
T = TypeVar("T")


class Waiting:
    """Marks the nouns of `Jellystone`."""


class Awaiting:
    """Marks the nouns of `AsyncJellystone`."""


Way = TypeVar("Way", Waiting, Awaiting)


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, and how its answer is read. `body` may hold a password, so it is never shown.

    `repeatable`: doing it twice is as good as once. `heed` is told the headers of the answer that counts.
    """

    method: str
    path: str
    read: Callable[[bytes], T] = field(repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    repeatable: bool = True
    heed: Callable[[Mapping[str, str]], object] | None = field(default=None, repr=False)


class Noun(Generic[Way]):
    """Some of what can be asked; its methods are in `nouns`."""

    def __init__(self, client: Any) -> None:
        self._client = client


class sent(Generic[P, T]):  # noqa: N801  (a decorator)
    """Turns a method that describes a request into one that sends it."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Call[T]]) -> None:
        self.describe, self.__doc__ = describe, describe.__doc__

    @overload
    def __get__(self, noun: Noun[Waiting], kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, noun: Noun[Awaiting], kind: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, noun: Any, kind: type) -> Any:
        if noun is None:
            return self.describe

        @wraps(self.describe)
        def send(*arguments: P.args, **named: P.kwargs) -> Any:
            return noun._client.send(self.describe(noun, *arguments, **named))

        return send


class listed(Generic[P, T]):  # noqa: N801
    """The same for a list: all its items, page after page, each page asked for when the one before is used up."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Call[Listing[T]]]) -> None:
        self.describe, self.__doc__ = describe, describe.__doc__

    @overload
    def __get__(self, noun: Noun[Waiting], kind: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, noun: Noun[Awaiting], kind: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, noun: Any, kind: type) -> Any:
        if noun is None:
            return self.describe

        @wraps(self.describe)
        def items(*arguments: P.args, **named: P.kwargs) -> Any:
            return noun._client.items(self.describe(noun, *arguments, **named))

        return items


def as_(kind: type[T]) -> Callable[[bytes], T]:
    """Fields that we do not know are passed over: a newer server may say more."""
    return msgspec.json.Decoder(kind).decode


def as_nothing(_: bytes) -> None:
    """Whatever a 204 carries."""


def given(**fields: Any) -> dict[str, Any]:
    """Those that were not left out. What is left out is the server's to choose."""
    return {name: value for name, value in fields.items() if value is not UNSET}


def at(*parts: str) -> str:
    """`at("databases", "main/orders")`: an id's slashes divide it, and nothing else in a name can."""
    segments = [segment for part in parts for segment in part.split("/")]
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError(f"{'/'.join(parts[1:])!r} is no id. Write it as Jellystone does, such as main/orders.")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def in_database(id: str) -> str:
    """The path of a database, by its id: `server/database`."""
    if id.count("/") != 1:
        raise ValueError(f"{id!r} is no database's id. Write server/database, such as main/orders.")
    return at("databases", id)


def in_role(id: str) -> str:
    """The path of a role, by its id: `server/database/role`."""
    if id.count("/") != 2:
        raise ValueError(f"{id!r} is no role's id. Write server/database/role, such as main/orders/orders_app.")
    database, _, role = id.rpartition("/")
    return in_database(database) + at("roles", role)


def following(call: Call[Listing[T]], listing: Listing[T]) -> Call[Listing[T]] | None:
    """The call for the next page: as `next` says, but never to another address."""
    if listing.next is None:
        return None
    return replace(call, query={**call.query, **dict(parse_qsl(urlsplit(listing.next).query))})
