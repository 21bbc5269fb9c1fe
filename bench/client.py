"""A client that costs next to nothing: one connection that is kept, and as little of HTTP/1.1 as answers need."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """`async with Client(url, authorization="Bearer …") as client`; further headers by name, `_` for `-`."""

    def __init__(self, url: str, **headers: str) -> None:
        at = urlsplit(url)
        self.host, self.port = at.hostname or "", at.port or 80
        named = {"host": f"{self.host}:{self.port}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        self.headers = "".join(f"{name}: {text}\r\n" for name, text in named.items())

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def _again(self) -> None:
        """Servers close what is idle for seconds."""
        if self.reader.at_eof():
            self.writer.close()
            await self.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def send(self, method: str, path: str, document: Any = None, *, expect: int = 200, more: str = "") -> Answer:
        """Raises RuntimeError for another status than the one to `expect`: a bench must not measure errors."""
        await self._again()
        body = b"" if document is None else json.dumps(document).encode()
        about = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n" if body else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{self.headers}{more}{about}\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head[9:12])
        length = head.partition("content-length:")[2].partition("\r\n")[0]
        answer = Answer(status, await self.reader.readexactly(int(length or 0)))
        if status != expect:
            raise RuntimeError(f"{method} {path}: {status} {answer.body[:500].decode()}")
        return answer
