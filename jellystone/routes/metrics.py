"""/metrics: what Prometheus reads, at the common address with a token, or at an address of its own without."""

from typing import Any

from litestar import Controller, Response, get
from litestar.types import Receive, Send

from jellystone.services import metrics
from jellystone.web.given import Visiting
from jellystone.web.negotiation import AnyRequest


class MetricsRoutes(Controller):
    path = "/metrics"
    opt = {"public": True}  # the service asks: the metrics token has no scope of the ordinary ones

    @get("/", include_in_schema=False)
    async def show(self, request: AnyRequest, actor: Visiting) -> Response[bytes]:
        """Prometheus's text or OpenMetrics, as `Accept` says."""
        text, kind = await metrics.shown_to(actor, accept=request.headers.get("accept", ""))
        return Response(text, media_type=kind)


async def alone(scope: Any, receive: Receive, send: Send) -> None:
    """An application that has nothing but /metrics, for an address that only Prometheus can reach."""
    found = scope["path"] == "/metrics" and scope["method"] in ("GET", "HEAD")
    headers = dict(scope.get("headers", ()))
    accept = headers.get(b"accept", b"").decode("latin-1")
    body, kind = await metrics.exposed(accept=accept) if found else (b"There is only /metrics here.\n", "text/plain")
    answered: list[tuple[bytes, bytes]] = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
    start: Any = {"type": "http.response.start", "status": 200 if found else 404, "headers": answered}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
