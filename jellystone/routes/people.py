"""/people: every account, for operators."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, delete, get, patch
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from jellystone.facts.lists import Listing
from jellystone.facts.people import Person
from jellystone.services import people
from jellystone.services.permissions import Scope
from jellystone.web.answers import Deleted, Page, Updated
from jellystone.web.given import Asking, Part, Search, Sent, in_path
from jellystone.web.negotiation import AnyRequest

PersonEmail = Annotated[str, in_path("An account's e-mail.", "yogi@park.example")]


class ChangesOfPerson(Struct, kw_only=True):
    disabled: (
        Annotated[bool, Meta(description="It cannot sign in, and its tokens open nothing.", examples=[False])]
        | UnsetType
    ) = UNSET
    operator: (
        Annotated[bool, Meta(description="It looks after this instance. One operator stays.", examples=[True])]
        | UnsetType
    ) = UNSET


async def about_person(request: AnyRequest) -> dict[str, Any]:
    return {"person": await people.show(request.user, request.path_params["email"])}


def page_of(email: str) -> str:
    return f"/people/{quote(email, safe='')}"


class PeopleRoutes(Controller):
    path = "/people"
    tags = ["Operators"]

    @get("/", operation_id="listPeople", holder="person", scope=Scope.ADMIN)
    async def index(self, actor: Asking, part: Part, q: Search = "") -> Page[Listing[Person]]:
        """List all accounts, by e-mail. For operators."""
        return Page("people/index.html", people=await people.everybody(actor, part, matching=q))

    @get("/{email:str}", operation_id="getPerson", holder="person", scope=Scope.ADMIN)
    async def show(self, actor: Asking, email: PersonEmail) -> Page[Person]:
        """Show an account. For operators."""
        return Page("people/show.html", person=await people.show(actor, email))

    @patch(
        "/{email:str}",
        operation_id="changePerson",
        holder="person",
        scope=Scope.ADMIN,
        form="people/show.html",
        form_context=about_person,
    )
    async def update(self, actor: Asking, email: PersonEmail, data: Sent[ChangesOfPerson]) -> Updated[Person]:
        """Disable or enable an account, make it an operator or not. The last operator stays one."""
        given = {name: value for name, value in asdict(data).items() if value is not UNSET}
        person = await people.change(actor, email, **given)
        return Updated(person, at=page_of(person.email), notice="Saved.")

    @delete("/{email:str}/sessions", operation_id="endSessionsOfPerson", holder="person", scope=Scope.ADMIN)
    async def end_sessions(self, actor: Asking, email: PersonEmail) -> Deleted[None]:
        """End all sessions of an account. Its tokens go on."""
        await people.end_sessions(actor, email)
        return Deleted(at=page_of(email), notice="Its sessions are ended.")

    @delete("/{email:str}/two-factor", operation_id="resetSecondFactor", holder="person", scope=Scope.ADMIN)
    async def reset_second_factor(self, actor: Asking, email: PersonEmail) -> Deleted[None]:
        """Take the second factor off an account that has lost it. Make sure first who is asking you to."""
        await people.reset_second_factor(actor, email)
        return Deleted(at=page_of(email), notice="It signs in with its password alone now.")
