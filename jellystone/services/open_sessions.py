"""Where an account is signed in, and ending that."""

from uuid import UUID

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.people import Session as SessionFact
from jellystone.services import events, sessions
from jellystone.services.actors import Actor, Kind
from jellystone.services.lists import Slice
from jellystone.services.permissions import Scope
from jellystone.tables.people import Session

NONE = UUID(int=0)
NEWEST = 'SELECT id FROM sessions WHERE "user" = $1 AND expires_at > now() ORDER BY last_seen_at DESC, id DESC'


async def of(actor: Actor, part: Slice) -> Listing[SessionFact]:
    """The one last seen comes first."""
    actor.must_have(Scope.READ)
    ids = [row["id"] for row in await DB.fetch(NEWEST, actor.must_be_person())]
    shown = ids[part.offset : part.offset + part.per_page]
    rows = {row.id: row for row in await Session.objects().where(Session.id.is_in(shown))} if shown else {}
    present = [rows[id] for id in shown if id in rows]
    return part.of([sessions.fact(row, actor.email, asking=asking(actor)) for row in present], len(ids))


async def end(actor: Actor, session: UUID) -> SessionFact:
    """Whoever has its cookie is a visitor from now on."""
    actor.must_have(Scope.ADMIN)
    ended = Session.delete().where(Session.id == session, Session.user == actor.must_be_person())
    async with DB.transaction():
        row = await Session.objects().get((Session.id == session) & (Session.user == actor.user))
        if row is None or not await ended.returning(Session.id):
            raise NotFound("There is no such session. It may have ended already.")
        fact = sessions.fact(row, actor.email, asking=asking(actor))
        await events.record(actor, "ended a session of", "account", actor.email, device=fact.device)
    return fact


async def end_others(actor: Actor) -> int:
    """All but the one that asks; all of them, if a token asks. How many there were."""
    actor.must_have(Scope.ADMIN)
    others = (Session.user == actor.must_be_person()) & (Session.id != asking(actor))
    async with DB.transaction():
        ended = len(await Session.delete().where(others).returning(Session.id))
        await events.record(actor, "ended the other sessions of", "account", actor.email, sessions=ended)
    return ended


def asking(actor: Actor) -> UUID:
    return actor.key.row if actor.kind is Kind.PERSON and actor.key else NONE
