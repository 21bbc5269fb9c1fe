"""Comments by which we know our own databases and roles again: everything else on a server is foreign to us."""

from uuid import UUID


def database_tag(id: UUID) -> str:
    return f"jellystone:db:{id}"


def group_tag(database_id: UUID, access: str) -> str:
    return f"jellystone:group:{database_id}:{access}"


def role_tag(id: UUID) -> str:
    return f"jellystone:user:{id}"


def tagged_database(tag: str | None) -> UUID | None:
    """The id in a database's comment, if it is one of our tags."""
    try:
        return UUID((tag or "").removeprefix("jellystone:db:")) if (tag or "").startswith("jellystone:db:") else None
    except ValueError:
        return None
