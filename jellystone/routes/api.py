"""/api: the description of our JSON, readable and tried out in place."""

from litestar import get

from jellystone.web.answers import Form


@get("/api", public=True, include_in_schema=False)
async def api() -> Form:
    return Form("api/show.html")
