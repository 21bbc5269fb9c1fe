"""Whether only those may enter a database, and own what is in it, to whom we gave that."""

from jellystone.postgres.checks.kinds import Check, Finding, State, found
from jellystone.postgres.checks.seen import DatabaseSeen


def _found(state: State, things: dict[str, str]) -> Finding:
    return found(state, list(things), sql="\n".join(list(things.values())[:50]))


def _doors(seen: DatabaseSeen) -> Finding:
    return _found("act", seen.drift.doors)


def _strangers(seen: DatabaseSeen) -> Finding:
    return _found("act", seen.drift.strangers)


def _owners(seen: DatabaseSeen) -> Finding:
    return _found("watch", seen.drift.owners)


OF_DATABASES = (
    Check(
        name="open-doors",
        title="Others may enter this database",
        limits="act if a role that is not of this database has rights on it, or owns it",
        why="Each database is closed to all roles but its own. Somebody has changed that on the server itself.",
        judge=_doors,
        said="{which}.",
        what="If nobody meant it, an operator takes the rights back. If it was meant, make a role here instead.",
        by="operator",
        needs="rights",
        eases_after=0,
    ),
    Check(
        name="strangers",
        title="Strangers are members of its roles",
        limits="act if a role that is not of this database is a member of one that is",
        why="They can do all that the role may do, and no page of ours shows them.",
        judge=_strangers,
        said="{which}.",
        what="If nobody meant it, an operator ends the membership. If it was meant, make a role here instead.",
        by="operator",
        needs="rights",
        eases_after=0,
    ),
    Check(
        name="stray-owners",
        title="Tables that belong to somebody else",
        limits="watch if something in it belongs to another role than the database's owners",
        why="Roles with access “owner” share all they make. What belongs to a single role the others cannot change.",
        judge=_owners,
        said="Owned by others, with the number of things: {which}.",
        what="It happens after SET ROLE NONE, or if an administrator made tables. An operator runs this in the "
        "database; it changes no data.",
        by="operator",
        needs="rights",
        eases_after=0,
    ),
)
