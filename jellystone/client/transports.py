"""The two clients: one that waits, one that awaits. What they say is in `nouns`, when they repeat it in `attempts`."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import httpx
import msgspec

from jellystone.client import nouns
from jellystone.client.attempts import Attempts
from jellystone.client.calls import Awaiting, Call, Waiting, Way, as_, following
from jellystone.client.options import PATIENCE, Options, as_request, chosen, for_httpx, understood
from jellystone.facts.lists import Listing

T = TypeVar("T")
Path = str | os.PathLike[str]


class Nouns(nouns.All[Way]):
    """What both clients have."""

    options: Options

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.options.url!r})"


class Jellystone(Nouns[Waiting]):
    """`with Jellystone("https://…", "jst_…") as jellystone: jellystone.databases.get("main/orders")`.

    Without `url`, `token`, `ca_file` and `timeout` the variables JELLYSTONE_URL, JELLYSTONE_TOKEN, JELLYSTONE_CA_FILE
    and JELLYSTONE_TIMEOUT count. `timeout` is for one answer, `patience` for a call with all its repetitions, both in
    seconds. May be used by several threads. Raises `ClientError`, whose kinds are in `problems`.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        ca_file: Path | None = None,
        timeout: float | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.options = chosen(url, timeout, patience)
        self._http = httpx.Client(**for_httpx(self.options, token, ca_file))
        super().__init__(self)

    def send(self, call: Call[T]) -> T:
        """Send what a noun's method described; repeat it as long as that is safe and makes sense."""
        attempts = Attempts(call, timeout=self.options.timeout, patience=self.options.patience)
        request = as_request(call)
        while True:
            try:
                answer = self._http.request(**request, timeout=attempts.limit)
            except httpx.TransportError as error:
                pause = attempts.after_failure(error)
            else:
                if attempts.counts(answer):
                    return understood(call, answer)
                pause = attempts.after(answer)
            time.sleep(pause)

    def items(self, call: Call[Listing[T]]) -> Iterator[T]:
        """Everything in a list."""
        following_call: Call[Listing[T]] | None = call
        while following_call is not None:
            listing = self.send(following_call)
            yield from listing.items
            following_call = following(following_call, listing)

    @overload
    def request(self, method: str, path: str, *, answer: type[T], **more: Any) -> T: ...
    @overload
    def request(self, method: str, path: str, **more: Any) -> Any: ...
    def request(self, method: str, path: str, **more: Any) -> Any:
        """For what has no method here: see `described`."""
        return self.send(described(method, path, **more))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncJellystone(Nouns[Awaiting]):
    """As `Jellystone`, to be awaited: `async with AsyncJellystone() as jellystone: await jellystone.teams.get("…")`."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        ca_file: Path | None = None,
        timeout: float | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.options = chosen(url, timeout, patience)
        self._http = httpx.AsyncClient(**for_httpx(self.options, token, ca_file))
        super().__init__(self)

    async def send(self, call: Call[T]) -> T:
        """As `Jellystone.send`."""
        attempts = Attempts(call, timeout=self.options.timeout, patience=self.options.patience)
        request = as_request(call)
        while True:
            try:
                answer = await self._http.request(**request, timeout=attempts.limit)
            except httpx.TransportError as error:
                pause = attempts.after_failure(error)
            else:
                if attempts.counts(answer):
                    return understood(call, answer)
                pause = attempts.after(answer)
            await asyncio.sleep(pause)

    async def items(self, call: Call[Listing[T]]) -> AsyncIterator[T]:
        """As `Jellystone.items`."""
        following_call: Call[Listing[T]] | None = call
        while following_call is not None:
            listing = await self.send(following_call)
            for item in listing.items:
                yield item
            following_call = following(following_call, listing)

    @overload
    async def request(self, method: str, path: str, *, answer: type[T], **more: Any) -> T: ...
    @overload
    async def request(self, method: str, path: str, **more: Any) -> Any: ...
    async def request(self, method: str, path: str, **more: Any) -> Any:
        """For what has no method here: see `described`."""
        return await self.send(described(method, path, **more))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def described(
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    answer: Any = None,
    heed: Callable[[Mapping[str, str]], object] | None = None,
) -> Call[Any]:
    """Any request: `path` is the address without the host, `body` becomes JSON, `answer` is a type from `facts`.

    Without `answer` what comes back are dicts and lists, and None where there is nothing. `heed` is told the headers
    of the answer, in small letters.
    """
    if not path.startswith("/") or path.startswith("//"):  # the token is for no other host
        raise ValueError("Give the address without the host, such as /databases/main/orders.")
    read: Callable[[bytes], Any] = as_(answer) if answer is not None else _plain
    method = method.upper()
    given = headers or {}  # what is asked under a condition comes too late the second time
    repeatable = method != "PATCH" and "if-match" not in {name.lower() for name in given}
    return Call(method, path, read, body, query or {}, given, repeatable=repeatable, heed=heed)


def _plain(content: bytes) -> Any:
    return msgspec.json.decode(content) if content else None
