"""/health: for load balancers and monitors. Nothing here tells a stranger anything worth knowing."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from msgspec import Meta, Struct

from jellystone.services import health


class Health(Struct):
    status: Annotated[str, Meta(examples=["ready"])]


class HealthRoutes(Controller):
    path = "/health"
    tags = ["Health"]
    opt = {"public": True, "plain": True}

    @get("/", operation_id="getHealth", media_type="application/json")
    async def live(self) -> Health:
        """Tell whether this process answers."""
        return Health("live")

    @get(
        "/ready",
        operation_id="getReadiness",
        media_type="application/json",
        responses={503: ResponseSpec(Health)},
    )
    async def ready(self) -> Response[Health]:
        """Tell whether requests can be served. Our own database answers and its migrations are current, else 503."""
        missing = await health.missing()
        return Response(Health(missing or "ready"), status_code=503 if missing else 200)
