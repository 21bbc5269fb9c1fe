"""/health: for load balancers and monitors. Nothing here tells a stranger anything worth knowing."""

from litestar import Controller, Response, get
from msgspec import Struct

from jellystone.services import health


class Health(Struct):
    status: str


class HealthRoutes(Controller):
    path = "/health"
    tags = ["Health"]
    opt = {"public": True}

    @get("/", media_type="application/json")
    async def live(self) -> Health:
        """This process answers."""
        return Health("live")

    @get("/ready", media_type="application/json")
    async def ready(self) -> Response[Health]:
        """Our own database answers and its migrations are current: 200, else 503."""
        missing = await health.missing()
        return Response(Health(missing or "ready"), status_code=503 if missing else 200)
