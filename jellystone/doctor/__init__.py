"""`jellystone doctor`: looks at everything we depend on and says what to do about it.

It changes nothing, and sends nothing but the one mail that may be asked for.
"""

import asyncio
from collections.abc import Callable

import msgspec

from jellystone import embedded, settings
from jellystone.database import DB
from jellystone.doctor import databases, machine, mail
from jellystone.doctor.finding import Finding
from jellystone.errors import Misconfigured
from jellystone.settings import Settings

__all__ = ["Finding", "as_json", "as_text", "examine"]


def examine(load: Callable[[], Settings], *, mail_to: str | None = None) -> list[Finding]:
    """All findings; without usable settings there is nothing else to look at. `mail_to` gets a mail."""
    try:
        given = load()
    except Misconfigured as error:
        return [Finding("bad", "settings", mistake) for mistake in str(error).splitlines()]
    found = [*machine.settings(given), *machine.data_folder(given)]
    return [*found, *asyncio.run(_elsewhere(given, mail_to))]


def as_text(findings: list[Finding]) -> str:
    return "\n".join(f"{finding.state:4}  {finding.about}: {finding.text}" for finding in findings)


def as_json(findings: list[Finding]) -> str:
    return msgspec.json.encode(findings).decode()


async def _elsewhere(given: Settings, mail_to: str | None) -> list[Finding]:
    return [*await _databases(given), await (mail.send_test(given, mail_to) if mail_to else mail.look(given))]


async def _databases(given: Settings) -> list[Finding]:
    try:
        usable = embedded.found_running(given) if given.embedded else given
    except Misconfigured as error:
        return [Finding("bad", databases.OURS, str(error))]
    if usable is None:
        return [Finding("warn", databases.OURS, "not running: it comes along with `jellystone serve`.")]
    settings.use(usable)
    DB.configure(usable.database_url)
    return [finding async for finding in databases.look(usable)]
