"""Where Jellystone is, who asks, and for how long: given, or from the environment."""

import os
import ssl
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import msgspec

from jellystone import __version__
from jellystone.client.calls import Call, T
from jellystone.client.problems import ClientError, NotUnderstood

TIMEOUT, PATIENCE = 30.0, 60.0  # seconds: for an answer, and for a call with all its repetitions


class Options(NamedTuple):
    """The token is in what httpx is made with, and nowhere here: so no traceback shows it."""

    url: str
    timeout: float
    patience: float


def chosen(url: str | None, timeout: float | None, patience: float) -> Options:
    """Raises `ClientError` where the address is missing or none."""
    url = (url or os.environ.get("JELLYSTONE_URL", "")).strip().rstrip("/")
    if not url:
        raise ClientError("Say where Jellystone is: its url, or the variable JELLYSTONE_URL.")
    scheme, separator, rest = url.partition("://")
    if scheme not in ("http", "https") or not separator or not rest or any(sign in rest for sign in "@?# /"):
        raise ClientError("The url must be like https://jellystone.example.com, with neither a path nor a password.")
    return Options(url, timeout if timeout is not None else _timeout(), patience)


def for_httpx(options: Options, token: str | None, ca_file: str | os.PathLike[str] | None) -> dict[str, Any]:
    """What httpx's clients are made with. `token=""` is nobody's, whatever the environment says."""
    token = os.environ.get("JELLYSTONE_TOKEN", "") if token is None else token
    headers = {"Accept": "application/json", "User-Agent": f"jellystone-client/{__version__}"}
    if token.strip():
        if not token.strip().isascii() or not token.strip().isprintable() or " " in token.strip():
            raise ClientError("This is no token: one begins with jst_ or jsp_, and has letters and digits only.")
        headers["Authorization"] = f"Bearer {token.strip()}"
    return {"base_url": options.url, "headers": headers, "verify": _trusted(options, ca_file), "timeout": None}


def as_request(call: Call[Any]) -> dict[str, Any]:
    """For httpx. A POST gets a key by which the server knows it again, so that it can be repeated."""
    headers = dict(call.headers)
    if call.method == "POST":
        headers.setdefault("Idempotency-Key", uuid4().hex)
    query = {name: value for name, value in call.query.items() if value not in (None, "", msgspec.UNSET)}
    request: dict[str, Any] = {"method": call.method, "url": call.path, "headers": headers, "params": query}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        request["content"] = msgspec.json.encode(call.body)
    return request


def understood(call: Call[T], answer: httpx.Response) -> T:
    if call.heed:
        call.heed(answer.headers)
    try:
        return call.read(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        words = "answered in a way that this client does not know. Is the url right, and the client as new as it?"
        raise NotUnderstood(f"{call.method} {call.path}: Jellystone {words}") from None


def _timeout() -> float:
    said = os.environ.get("JELLYSTONE_TIMEOUT", "").strip()
    try:
        seconds = float(said or TIMEOUT)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise ClientError("JELLYSTONE_TIMEOUT must be a number of seconds, such as 30.")
    return seconds


def _trusted(options: Options, ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext | bool:
    """The machine's own certificate authorities, and the one in the file."""
    if not options.url.startswith("https"):
        return False  # nothing to verify, and making a context takes a while
    context = ssl.create_default_context()
    ca_file = ca_file or os.environ.get("JELLYSTONE_CA_FILE", "").strip() or None
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ClientError(
                f"{os.fspath(ca_file)} holds no certificates that can be read: {error.strerror or error}."
            ) from None
    return context
