"""The whole application, wired on one page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from jellystone import __version__, settings
from jellystone.database import DB
from jellystone.jobs import background
from jellystone.routes.account import AccountRoutes
from jellystone.routes.account_email import AccountEmailRoutes
from jellystone.routes.account_password import AccountPasswordRoutes
from jellystone.routes.account_removal import AccountRemovalRoutes
from jellystone.routes.account_sessions import AccountSessionRoutes
from jellystone.routes.account_two_factor import AccountTwoFactorRoutes
from jellystone.routes.advice import AdviceRoutes, DatabaseAdviceRoutes, ServerAdviceRoutes
from jellystone.routes.backends import BackendRoutes
from jellystone.routes.confirmations import ConfirmationRoutes
from jellystone.routes.database_removals import DatabaseRemovalRoutes
from jellystone.routes.databases import DatabaseRoutes
from jellystone.routes.events import EventRoutes, TeamEventRoutes
from jellystone.routes.exposures import ExposureRoutes
from jellystone.routes.health import HealthRoutes
from jellystone.routes.home import HomeRoutes
from jellystone.routes.inside import InsideRoutes
from jellystone.routes.invitations import InvitationRoutes, TeamInvitationRoutes
from jellystone.routes.mailbox import MailboxRoutes
from jellystone.routes.mails import AccountMailRoutes, OperatorMailRoutes
from jellystone.routes.members import MemberRoutes
from jellystone.routes.metrics import MetricsRoutes
from jellystone.routes.muted_advice import MutedAdviceRoutes, UnsubscriptionRoutes
from jellystone.routes.parameters import ParameterRoutes
from jellystone.routes.password_resets import PasswordResetRoutes
from jellystone.routes.people import PeopleRoutes
from jellystone.routes.queries import QueryRoutes
from jellystone.routes.roles import RoleRoutes
from jellystone.routes.rounds import RoundRoutes
from jellystone.routes.server_removals import ServerRemovalRoutes
from jellystone.routes.servers import ServerRoutes
from jellystone.routes.sessions import SessionRoutes
from jellystone.routes.statistics import DatabaseStatisticsRoutes, ServerStatisticsRoutes
from jellystone.routes.team_keys import TeamKeyRoutes
from jellystone.routes.teams import TeamRoutes
from jellystone.routes.tokens import PersonalTokenRoutes, TeamTokenRoutes
from jellystone.routes.transfers import TransferRoutes
from jellystone.services import servers, watching
from jellystone.services.actors import Actor, Origin
from jellystone.web import api, confirmation, errors, refusals, scopes
from jellystone.web.bodies import FormOrJson
from jellystone.web.conditions import which_condition
from jellystone.web.given import which_part
from jellystone.web.idempotency import Once
from jellystone.web.identity import Identify, SameOrigin, signed_in
from jellystone.web.limits import Limit
from jellystone.web.negotiation import AnyRequest
from jellystone.web.outside import Outside
from jellystone.web.static import static_file

ROUTES: list[Any] = [
    HomeRoutes,
    AccountRoutes,
    AccountEmailRoutes,
    AccountPasswordRoutes,
    AccountRemovalRoutes,
    AccountSessionRoutes,
    AccountTwoFactorRoutes,
    AdviceRoutes,
    DatabaseAdviceRoutes,
    InsideRoutes,
    ServerAdviceRoutes,
    MutedAdviceRoutes,
    UnsubscriptionRoutes,
    ConfirmationRoutes,
    PasswordResetRoutes,
    PersonalTokenRoutes,
    SessionRoutes,
    TeamRoutes,
    TeamTokenRoutes,
    TeamEventRoutes,
    EventRoutes,
    TeamKeyRoutes,
    MemberRoutes,
    TeamInvitationRoutes,
    InvitationRoutes,
    ExposureRoutes,
    ServerRemovalRoutes,
    ServerRoutes,
    RoundRoutes,
    ServerStatisticsRoutes,
    DatabaseRoutes,
    DatabaseStatisticsRoutes,
    DatabaseRemovalRoutes,
    TransferRoutes,
    ParameterRoutes,
    RoleRoutes,
    QueryRoutes,
    BackendRoutes,
    OperatorMailRoutes,
    AccountMailRoutes,
    MailboxRoutes,
    PeopleRoutes,
    HealthRoutes,
    MetricsRoutes,
]


async def who_asks(request: AnyRequest) -> Actor | None:
    return request.user  # type: ignore[no-any-return]


async def where_from(request: AnyRequest) -> Origin:
    return request.scope["state"]["origin"]  # type: ignore[no-any-return]


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    """Our own database first, then the servers that we know."""
    await DB.start_connection_pool()
    try:
        await servers.register_first(settings.current())
        yield
    finally:
        await watching.close_all()
        await servers.close_all()
        await DB.close_connection_pool()


@asynccontextmanager
async def busy(app: Litestar) -> AsyncIterator[None]:
    async with background.running():
        yield


def create_app(given: settings.Settings, *, jobs: bool = True) -> Litestar:
    """`given` becomes the current settings: one application a process. Without `jobs` nothing happens by itself."""
    settings.use(given)
    DB.configure(given.database_url)
    app = Litestar(
        route_handlers=[*ROUTES, static_file],
        request_class=FormOrJson,
        middleware=[Identify(), SameOrigin(), Limit(), Once()],
        guards=[signed_in, scopes.held],
        before_request=confirmation.take,
        dependencies={
            "actor": Provide(who_asks),
            "origin": Provide(where_from),
            "part": Provide(which_part),
            "condition": Provide(which_condition),
        },
        exception_handlers={Exception: errors.respond_to},
        after_exception=[refusals.note],
        request_max_body_size=given.body_limit,
        openapi_config=OpenAPIConfig(
            title="Jellystone",
            version=__version__,
            openapi_router=Router("/api", route_handlers=[], include_in_schema=False, opt={"public": True}),
            render_plugins=[api.Page(path="/"), api.Description(path="/openapi.json")],
        ),
        lifespan=[connected, *([busy] if jobs else [])],
        logging_config=None,
    )
    app.asgi_handler = Outside(app.asgi_handler, given)
    return app
