"""A small real HTTP server that answers as it was told, one answer after the other, and remembers what it was asked."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

Answer = tuple[int, dict[str, str], Any]
LOST = 0
"""In the place of a status: the request arrives, and the connection ends without an answer."""


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answering:
    """`answers` are status, headers and what becomes JSON; the last one is given for ever."""

    answers: list[Answer]
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    tls: bool = False

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://localhost:{self.port}"

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def answering(*answers: Answer, certificate: Path | None = None) -> Iterator[Answering]:
    given = Answering([*answers], tls=certificate is not None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            given.asked.append(Asked(self.command, self.path, headers, body))
            status, more, content = given.next()
            if status == LOST:
                self.close_connection = True
                return
            sent = content if isinstance(content, bytes) else msgspec.json.encode(content)
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    given.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield given
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def no(status: int, *, detail: str = "No.", **headers: str) -> Answer:
    """A problem+json; `Retry_After="1"` is a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    problem = {"type": "urn:jellystone:no", "title": "No", "status": status, "detail": detail, "request_id": "r1"}
    return status, {"Content-Type": "application/problem+json", **named}, problem
