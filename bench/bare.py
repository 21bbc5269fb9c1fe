"""The least that can answer with the same rows: Litestar, asyncpg, msgspec and Jinja2, and nothing of Jellystone's web.

Started as `python -m bench.bare PORT URL`; the query and the shape of a row are Jellystone's own.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from jinja2 import Environment
from litestar import Litestar, Response, get

from jellystone.facts.databases import Database
from jellystone.facts.lists import Listing
from jellystone.services import catalog
from jellystone.web import words

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Databases</title></head><body><main>
<h1>Databases</h1><table><caption>{{ databases.total }} databases</caption>
<thead><tr><th>Database</th><th>Team</th><th>Server</th><th>State</th><th>Roles</th><th>Size</th><th>Connections</th>
<th>Last write</th></tr></thead><tbody>{% for database in databases.items %}
<tr><th scope="row"><a href="/databases/{{ database.id }}">{{ database.name }}</a> {{ database.description }}</th>
<td><a href="/teams/{{ database.team }}">{{ database.team }}</a></td><td>{{ database.server }}</td>
<td>{{ database.status }}</td><td>{{ database.roles }}</td><td>{{ database.size_bytes | size }}</td>
<td>{{ database.connections | number }}</td><td>{{ database.last_write_at | ago }}</td></tr>{% endfor %}
</tbody></table></main></body></html>"""


def application(url: str) -> Litestar:
    jinja = Environment(autoescape=True)
    jinja.filters |= {"size": words.size, "number": words.number, "ago": words.ago}
    template = jinja.from_string(PAGE)
    kept: dict[str, Any] = {}

    @asynccontextmanager
    async def connected(app: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=1, max_size=10, reset=_no_reset) as pool:
            teams: list[UUID] = [row["id"] for row in await pool.fetch("SELECT id FROM teams")]
            kept.update(pool=pool, teams=teams)
            kept["listing"] = await asked()
            yield

    async def asked() -> Listing[Database]:
        query = f"WITH found AS ({catalog.FOUND}) {catalog.FACTS}".format(order="d.name asc NULLS LAST, d.name, s.name")
        rows = await kept["pool"].fetch(query, False, kept["teams"], "", "", "%%", False, 0, 50, 0)
        return Listing(items=[catalog._fact(row) for row in rows], total=rows[0]["total"])

    @get("/json")
    async def json() -> Listing[Database]:
        return await asked()

    @get("/page", media_type="text/html")
    async def page() -> str:
        return template.render(databases=await asked())

    @get("/json/kept")
    async def json_kept() -> Listing[Database]:
        listing: Listing[Database] = kept["listing"]
        return listing

    @get("/page/kept", media_type="text/html")
    async def page_kept() -> Response[str]:
        return Response(template.render(databases=kept["listing"]), media_type="text/html")

    handlers: list[Any] = [json, page, json_kept, page_kept]
    return Litestar(handlers, lifespan=[connected], openapi_config=None, logging_config=None)


async def _no_reset(connection: Any) -> None:
    """As Jellystone's own pool does it."""


if __name__ == "__main__":
    port, url = int(sys.argv[1]), sys.argv[2]
    uvicorn.run(
        application(url), port=port, http="httptools", loop="uvloop", ws="none", log_config=None, access_log=False
    )
