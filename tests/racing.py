"""Deeds that are done at the same time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from jellystone.database import detached
from jellystone.errors import Problem


async def at_once(*deeds: Coroutine[Any, Any, Any]) -> list[str]:
    """What each ended with, by type; each has a connection of its own."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(deed, context=detached()) for deed in deeds]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        assert not isinstance(one, BaseException) or isinstance(one, Problem), one
    return sorted(type(one).__name__ for one in ended)
