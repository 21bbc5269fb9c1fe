"""Whether we can do our work."""

import logging

from asyncpg import InterfaceError, PostgresError

from jellystone import migrate
from jellystone.errors import Unreachable

log = logging.getLogger(__name__)


async def missing() -> str | None:
    """What keeps us from working, in a few words, or None."""
    try:
        pending = await migrate.pending()
    except (OSError, TimeoutError, PostgresError, InterfaceError, Unreachable) as error:
        log.warning("our own database does not answer: %s", type(error).__name__)
        return "our own database does not answer"
    return "migrations are pending: run `jellystone migrate`" if pending else None
