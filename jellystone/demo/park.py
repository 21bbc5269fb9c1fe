"""A park to look around in: people, teams, databases and roles, made through the API as anybody would make them."""

from contextlib import suppress
from dataclasses import dataclass

from jellystone.client import AsyncJellystone, Conflict, Invalid, TooMany

PASSWORD = "pic-a-nic basket"  # noqa: S105 - of an instance that only this machine reaches
BOSS = "yogi@park.example"
PEOPLE = {  # whom Yogi's Rangers and the Geologists of the ranger have, and in which rank
    "booboo@park.example": {"rangers": "member"},
    "cindy@park.example": {"rangers": "viewer", "geologists": "member"},
    "smith@park.example": {},
}
TEAMS = {"rangers": "Rangers", "geologists": "Geologists"}


@dataclass(frozen=True)
class Wanted:
    """A database; `character` is a key of `characters.CHARACTERS`, and says what its history is like."""

    name: str
    team: str
    character: str
    description: str
    connection_limit: int | None = None


DATABASES = (
    Wanted("picnics", "rangers", "shop", "Orders of the picnic shop", 40),
    Wanted("visitors", "rangers", "office", "Who is in the park, and until when", 20),
    Wanted("baskets", "rangers", "small", "Lost and found", 10),
    Wanted("trail_maps", "rangers", "idle", "The printed map of 2019"),
    Wanted("geysers", "geologists", "sensors", "What the thermometers at the springs say", 30),
    Wanted("reports", "geologists", "batch", "Made each night from everything else"),
)
ROLES = {"app": "readwrite", "report": "readonly"}


async def furnish(url: str) -> dict[str, str]:
    """Make what is not there yet; the addresses, passwords included, of the roles that programs use, by database."""
    async with AsyncJellystone(url, token="") as boss:
        for email in (BOSS, *PEOPLE):
            with suppress(Invalid, TooMany):  # it is taken, and whoever starts the demo again and again has asked often
                await boss.account.create(email=email, password=PASSWORD)
        await boss.sessions.create(email=BOSS, password=PASSWORD)
        for slug, name in TEAMS.items():
            with suppress(Conflict):
                await boss.teams.create(name)
                await _invite(boss, url, slug)
        return {wanted.name: await _make(boss, wanted) for wanted in DATABASES}


async def _invite(boss: AsyncJellystone, url: str, team: str) -> None:
    for email, ranks in PEOPLE.items():
        if team not in ranks:
            continue
        (invited,) = await boss.invitations.create(team, [email], rank=ranks[team])  # type: ignore[arg-type]
        async with AsyncJellystone(url, token="") as guest:
            await guest.sessions.create(email=email, password=PASSWORD)
            await guest.request("POST", invited.link.removeprefix(url))


async def _make(boss: AsyncJellystone, wanted: Wanted) -> str:
    id = f"main/{wanted.name}"
    await boss.databases.put(
        id, team=wanted.team, description=wanted.description, connection_limit=wanted.connection_limit
    )
    await boss.roles.put(f"{id}/{wanted.name}", access="owner")
    for suffix, access in ROLES.items():
        await boss.roles.put(f"{id}/{wanted.name}_{suffix}", access=access)  # type: ignore[arg-type]
    return (await boss.roles.reveal(f"{id}/{wanted.name}")).uri
