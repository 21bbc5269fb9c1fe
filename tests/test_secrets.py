"""A day in the park, with every line of every log: no secret is in any of them, nor in our tables."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response

from jellystone.database import DB
from tests.park import HTML, PASSWORD, TABLES, Park

pytestmark = pytest.mark.anyio
TYPED = {"password": "a brand-new p4ssphrase", "mistyped": "oh no, the wr0ng one"}


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def secrets_in(found: object) -> set[str]:
    """The values that an answer's JSON marks as secret."""
    if isinstance(found, dict):
        named = {str(value) for name, value in found.items() if name in ("token", "password", "uri") and value}
        return named.union(*(secrets_in(value) for value in found.values()))
    return set[str]().union(*(secrets_in(value) for value in found)) if isinstance(found, list) else set()


async def a_day(park: Park) -> set[str]:
    """What a newcomer does, also what fails; returns every secret that was sent or received."""
    used, program = set(TYPED.values()) | {PASSWORD}, await park.client()
    account = {"email": "ranger@park.example", "password": TYPED["password"]}

    async def do(method: str, at: str, **sent: Any) -> Response:
        answer = await program.request(method, at, json=sent or None)
        used.update(program.cookies.values())
        if answer.headers.get("content-type") == "application/json":
            used.update(secrets_in(answer.json()))
        return answer

    await do("POST", "/account", **account)
    await do("POST", "/session", **account | {"password": TYPED["mistyped"]})
    await do("POST", "/session", **account, remember=True)
    token = (await do("POST", "/account/tokens", name="ci", scopes=["read", "write", "secrets", "admin"])).json()
    await do("POST", "/teams", name="Bees")
    await do("POST", "/databases", name="hive", team="bees", owner_role=True, protected=False)
    await do("POST", "/databases/main/hive/roles", name="hive_app", password=TYPED["password"] + "!")
    await do("GET", "/databases/main/hive/roles/hive_app/password")
    await do("PUT", "/databases/main/hive/roles/hive_app/password")
    await do("POST", "/databases/main/hive/roles", name="hive_app", password=TYPED["mistyped"] + "!")
    await do("POST", "/session/confirmation", password=TYPED["mistyped"])
    program.headers["authorization"] = f"Bearer {token['token']}"
    await do("GET", f"/teams?q={token['token']}")
    program.headers["authorization"] = f"Bearer {token['token']}x"
    await do("GET", "/teams")
    del program.headers["authorization"]
    program.headers["accept"] = HTML
    await program.get("/databases/main/hive/roles/hive_app/password")
    await program.post(
        "/session", content=b"\xff" + TYPED["password"].encode(), headers={"content-type": "application/json"}
    )
    del program.headers["accept"]
    await do("DELETE", "/databases/main/hive")
    await do("DELETE", "/session")
    return used | {TYPED["password"] + "!", TYPED["mistyped"] + "!"}


async def test_no_secret_is_logged_or_kept(park: Park, everything_logged: pytest.LogCaptureFixture) -> None:
    secrets = {secret for secret in await a_day(park) if len(secret) > 8}
    assert len(secrets) > 9
    ours = [record for record in everything_logged.records if record.name != "httpx"]  # which is the caller
    logged = "\n".join(everything_logged.handler.format(record) for record in ours)
    assert "/databases/main/hive/roles" in logged, "there is a log to look into"
    assert not [secret for secret in secrets if secret in logged]
    assert not [record for record in ours if record.levelno >= logging.ERROR]
    kept = [row["row"] for table in TABLES for row in await DB.fetch(f"SELECT t::text AS row FROM {table} t")]
    everything = "\n".join(kept)
    for secret in secrets:
        assert secret not in everything
        assert secret.encode().hex() not in everything
    server = park.cluster.log.read_text(errors="replace")
    assert not [secret for secret in secrets if secret in server]
