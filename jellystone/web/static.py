"""Static files: read once, told by their content, sent compressed, and not sent again to who has them.

All of them together are smaller than one picture, so no request waits for the disk, or for the thread that reads it.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Annotated, Any

from litestar import Response, get

from jellystone import paths
from jellystone.errors import NotFound
from jellystone.web.given import in_path
from jellystone.web.negotiation import AnyRequest

PACKED = ("text/", "image/svg+xml", "application/manifest+json")
"""What becomes smaller: a font is compressed by itself."""


@dataclass(frozen=True)
class File:
    """`tag` is that of its content, so replicas agree on it; `packed` is it in gzip, if that is of use."""

    content: bytes
    packed: bytes | None
    media_type: str
    tag: str


@cache
def files() -> dict[str, File]:
    """By their path below `static/`, as they stand at the start."""
    return {str(path.relative_to(paths.STATIC)): _read(path) for path in paths.STATIC.rglob("*") if path.is_file()}


def _read(path: Any) -> File:
    content, kind = path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain"
    packed = gzip.compress(content, mtime=0) if kind.startswith(PACKED) else None
    return File(content, packed, kind, sha256(content).hexdigest()[:16])


@get("/static/{path:path}", opt={"public": True}, include_in_schema=False)
async def static_file(request: AnyRequest, path: Annotated[str, in_path("Its path.", "favicon.svg")]) -> Response[Any]:
    """A file that is served to everybody."""
    file = files().get(path.removeprefix("/"))
    if file is None:
        raise NotFound("There is nothing at this address.")
    headers = {"ETag": f'W/"{file.tag}"'} | ({"Vary": "Accept-Encoding"} if file.packed else {})
    if {"*", headers["ETag"]} & _listed(request, "if-none-match"):
        return Response(b"", media_type=file.media_type, status_code=304, headers=headers)
    if file.packed and "gzip" in _listed(request, "accept-encoding"):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


def _listed(request: AnyRequest, header: str) -> set[str]:
    return {part.strip() for part in request.headers.get(header, "").split(",")}
