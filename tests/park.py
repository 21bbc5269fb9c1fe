"""The people of every test: Yogi owns the team Rangers, Boo-Boo is a member, Cindy may look, Smith is a stranger."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from jellystone.database import DB
from jellystone.services import accounts, sessions, team_keys, teams, tokens, vault, watching
from jellystone.services.actors import Actor, Origin
from jellystone.services.permissions import Rank, Scope
from jellystone.tables.people import User
from jellystone.tables.teams import Membership, Team
from tests.clusters import Cluster

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
BASE = "http://jellystone.test"
PASSWORD = "pic-a-nic basket"
HERE = Origin(address="127.0.0.1", user_agent="test", request_id="test")
TABLES = (
    "mails",
    "events",
    "roles",
    "databases",
    "tokens",
    "sessions",
    "memberships",
    "teams",
    "users",
    "throttles",
    "idempotency_keys",
)


@dataclass
class Person:
    """Somebody with three ways in: a browser without JavaScript, htmx, and a program with a personal token."""

    name: str
    actor: Actor
    browser: AsyncClient
    htmx: AsyncClient
    program: AsyncClient

    @property
    def email(self) -> str:
        return f"{self.name}@park.example"


@dataclass
class Park:
    """A new one for each test. `token` is the first one of the Rangers, as a client: a program of the team."""

    app: Litestar
    cluster: Cluster
    team: Team
    token: AsyncClient
    people: dict[str, Person] = field(default_factory=dict)
    clients: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def client(self, **headers: str) -> AsyncClient:
        """A visitor with these headers, and no cookie yet."""
        return await self.clients.enter_async_context(_client(self.app, headers))

    async def with_scopes(self, *scopes: str) -> AsyncClient:
        """A program of the Rangers whose token has only these scopes."""
        wanted = [Scope(scope) for scope in scopes]
        issued = await tokens.issue_for_team(self.yogi.actor, self.team, name="-".join(scopes), scopes=wanted)
        return await self.client(authorization=f"Bearer {issued.token}")

    async def connect(self, uri: str) -> "asyncpg.Connection[Any]":
        """As the clients of a managed server do."""
        return await asyncpg.connect(uri, timeout=10, statement_cache_size=0)

    async def sql(self, statement: str, *values: object, database: str = "postgres") -> list[asyncpg.Record]:
        """Ask the managed server itself, as its superuser."""
        connection = await asyncpg.connect(self.cluster.url(database), timeout=10)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()


async def opened(app: Litestar, cluster: Cluster) -> AsyncIterator[Park]:
    """Make the people and their team, and clear away everything afterwards, also on the managed server."""
    yogi = await _actor("yogi")
    await User.update({User.operator: False}).where(User.email == yogi.email)  # the first account is one
    founded = await teams.found(yogi, name="Rangers")
    yogi = await _again(yogi)
    team = await teams.find(yogi, "rangers")
    async with AsyncExitStack() as clients:
        token = await clients.enter_async_context(_client(app, {"authorization": f"Bearer {founded.token}"}))
        park = Park(app, cluster, team, token, clients=clients)
        park.people["yogi"] = await _person(park, "yogi", yogi)
        for name, rank in {"booboo": Rank.MEMBER, "cindy": Rank.VIEWER, "smith": None}.items():
            actor = await _actor(name)
            if rank is not None:
                await _join(park, actor, rank)
                actor = await _again(actor)
            park.people[name] = await _person(park, name, actor)
        yield park
    await watching.close_all()
    await clear(cluster)


async def clear(cluster: Cluster) -> None:
    """What tests have left in our database and on the server."""
    async with DB.connection() as connection:
        await connection.execute(";".join(f"DELETE FROM {table}" for table in TABLES))
        await connection.execute("UPDATE servers SET warnings = '[]', problem = NULL, advised = '{}'")
    server = await asyncpg.connect(cluster.url())
    try:
        ours = "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE 'jellystone:%'"
        for row in await server.fetch(ours):
            await server.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
        for row in await server.fetch(
            "SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE 'jellystone:%'"
        ):
            await server.execute(f'DROP ROLE "{row["rolname"]}"')
    finally:
        await server.close()


async def _actor(name: str) -> Actor:
    email = f"{name}@park.example"
    await accounts.register(HERE, email=email, password=PASSWORD, confirmed=True)
    signed_in = await sessions.sign_in(HERE, email=email, password=PASSWORD)
    actor = await sessions.actor_for(signed_in.secret, HERE)
    assert actor is not None
    return actor


async def _again(actor: Actor) -> Actor:
    """The same session, with the ranks that its holder has by now."""
    assert actor.key is not None
    found = await sessions.actor_for(actor.key.secret, HERE)
    assert found is not None
    return found


async def _join(park: Park, actor: Actor, rank: Rank) -> None:
    """As accepting an invitation does: the team's key is sealed to the new member, unless it is a viewer."""
    assert actor.user is not None
    user = await User.objects().get(User.id == actor.user)
    assert user is not None
    key = await team_keys.opened(park.yogi.actor, park.team.id)
    copy = vault.share_team_key(user.public_key, key, team=park.team.id, user=actor.user)
    sealed = None if rank is Rank.VIEWER else copy
    await Membership(team=park.team.id, user=actor.user, rank=rank, sealed_key=sealed).save()


async def _person(park: Park, name: str, actor: Actor) -> Person:
    assert actor.key is not None
    issued = await tokens.issue_personal(actor, name="test", scopes=list(Scope))
    cookie = f"jellystone={actor.key.secret}"
    htmx = {"hx-request": "true", "hx-request-type": "partial"}
    return Person(
        name=name,
        actor=actor,
        browser=await park.client(accept=HTML, cookie=cookie),
        htmx=await park.client(accept="text/html", cookie=cookie, **htmx),
        program=await park.client(authorization=f"Bearer {issued.token}"),
    )


def _client(app: Litestar, headers: dict[str, str]) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(cast(Any, app)), base_url=BASE, headers=headers)


def problem(answer: Response) -> dict[str, Any]:
    """The body of a problem+json, after a look at what every one of them must have."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"].startswith("urn:jellystone:")
    assert body["title"]
    assert body["detail"]
    return body
