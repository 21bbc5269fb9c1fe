"""Go through the checks of all servers every minute, then write to those who can help."""

from datetime import UTC, datetime

from jellystone.services import advice_mails, advising


async def advise() -> None:
    await advising.look_at_all()
    await advice_mails.write(datetime.now(UTC))
