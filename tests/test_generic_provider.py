"""Generic Terraform providers for REST work with us: `restapi` by Mastercard, say, which knows nothing of Jellystone.

These are the requests that it makes for one object. It sends the same data when it changes a thing as when it makes
it, takes the id from a field of the answer, asks for PATH/ID, compares the fields that it sent with those that it gets,
and takes 404 for gone.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from httpx import AsyncClient, Response

from tests.park import Park

pytestmark = pytest.mark.anyio


@dataclass
class RestObject:
    """One resource of the provider's configuration: `path`, `id_attribute`, `update_method` and `data`."""

    client: AsyncClient
    path: str
    data: dict[str, Any]
    id_attribute: str = "id"
    update_method: str = "PUT"
    id: str = ""

    async def send(self, method: str, path: str, data: dict[str, Any] | None = None) -> Response:
        """No Accept, and a content type also where there is no body."""
        headers = {"content-type": "application/json", "accept": ""}
        request = self.client.build_request(method, path, json=data, headers=headers)
        del request.headers["accept"]
        return await self.client.send(request)

    async def create(self) -> None:
        answer = await self.send("POST", self.path, self.data)
        assert answer.status_code in (200, 201), answer.text
        self.id = str(answer.json()[self.id_attribute])

    async def read(self) -> dict[str, Any] | None:
        answer = await self.send("GET", f"{self.path}/{self.id}")
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def update(self, **changes: Any) -> None:
        self.data |= changes
        answer = await self.send(self.update_method, f"{self.path}/{self.id}", self.data)
        assert answer.status_code == 200, answer.text

    async def delete(self) -> None:
        answer = await self.send("DELETE", f"{self.path}/{self.id}")
        assert answer.status_code in (200, 202, 204, 404, 410), answer.text

    async def drift(self) -> dict[str, Any]:
        """What is not as it was sent: with anything in it, every plan would want to change it."""
        found = await self.read()
        assert found is not None
        return {name: found[name] for name, value in self.data.items() if found[name] != value}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_database_is_made_read_changed_and_destroyed(park: Park, method: str) -> None:
    data = {"server": "main", "name": "orders", "team": "rangers", "description": "One", "protected": False}
    database = RestObject(park.token, "/databases", data, update_method=method)
    await database.create()
    assert database.id == "main/orders"
    assert await database.drift() == {}
    await database.update(description="Two", connection_limit=7)
    assert await database.drift() == {}
    await park.yogi.program.patch("/databases/main/orders", json={"description": "by hand"})
    assert await database.drift() == {"description": "by hand"}
    await database.update()
    assert await database.drift() == {}
    await database.delete()
    assert await database.read() is None
    await database.delete()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_role_is_made_read_changed_and_destroyed(park: Park, method: str) -> None:
    """`id_attribute = "name"`: its full id, `main/orders/orders_app`, is the way from the top."""
    await park.token.post("/databases", json={"name": "orders"})
    data = {"name": "orders_app", "access": "readonly", "connection_limit": 3}
    role = RestObject(park.token, "/databases/main/orders/roles", data, "name", method)
    await role.create()
    assert role.id == "orders_app"
    assert await role.drift() == {}
    await role.update(access="readwrite", connection_limit=None)
    assert await role.drift() == {}
    await role.delete()
    assert await role.read() is None


async def test_what_has_another_name_than_its_address_is_refused(park: Park) -> None:
    """A provider replaces it; should one try to rename it, it learns why not."""
    await park.token.post("/databases", json={"name": "orders"})
    await park.token.post("/databases/main/orders/roles", json={"name": "orders_app"})
    for method, path, data, wrong in (
        ("PUT", "/databases/main/orders", {"name": "stock", "server": "other"}, {"name", "server"}),
        ("PATCH", "/databases/main/orders", {"name": "stock", "team": "others"}, {"name", "team"}),
        ("PUT", "/databases/main/orders/roles/orders_app", {"name": "x", "access": "owner"}, {"name"}),
        ("PATCH", "/databases/main/orders/roles/orders_app", {"name": "x"}, {"name"}),
    ):
        answer = await park.token.request(method, path, json=data)
        assert answer.status_code == 422, path
        assert answer.json()["errors"].keys() == wrong
        assert "cannot be changed" in answer.json()["errors"]["name"]
    assert (await park.token.put("/databases/main/stock", json={"name": "other"})).status_code == 422
    assert (await park.token.get("/databases/main/stock")).status_code == 404
