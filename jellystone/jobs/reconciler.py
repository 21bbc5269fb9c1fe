"""Finish what a crash or an absent server has left half done."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Problem, Unreachable
from jellystone.services import provisioning

log = logging.getLogger(__name__)

DATABASES = """
    SELECT id, name, status, server FROM databases
    WHERE (status <> 'ready' OR NOT limit_applied OR NOT parameters_applied) AND (retry_at IS NULL OR retry_at <= now())
    ORDER BY created_at LIMIT 100
"""
ROLES = """
    SELECT r.id, r.name, r.status, r.server FROM roles r JOIN databases d ON d.id = r.database
    WHERE r.status <> 'ready' AND d.status = 'ready' AND (r.retry_at IS NULL OR r.retry_at <= now())
    ORDER BY r.created_at LIMIT 100
"""


async def take_up() -> None:
    """After a start nothing is in hand: whatever the last process had begun is due now."""
    await DB.fetch(
        "UPDATE databases SET retry_at = NULL WHERE status <> 'ready' OR NOT limit_applied OR NOT parameters_applied"
    )
    await DB.fetch("UPDATE roles SET retry_at = NULL WHERE status <> 'ready'")


async def finish_unfinished() -> None:
    """Databases first: their roles need them. A server that does not answer is asked once; the rest of it waits."""
    silent: set[UUID] = set()
    for row in await DB.fetch(DATABASES):
        act = provisioning.remove_database if row["status"] == "deleting" else provisioning.bring_database
        await _try("database", row, act, silent)
    for row in await DB.fetch(ROLES):
        act = provisioning.remove_role if row["status"] == "deleting" else provisioning.bring_role
        await _try("role", row, act, silent)


async def _try(kind: str, row: Any, act: Callable[[UUID], Awaitable[None]], silent: set[UUID]) -> None:
    if row["server"] in silent:
        return
    try:
        await act(row["id"])
    except Problem as problem:
        log.warning("the %s %s is not finished: %s", kind, row["name"], problem)
        if isinstance(problem, Unreachable):
            silent.add(row["server"])
    else:
        log.info("the %s %s is finished", kind, row["name"])
