"""Send what waits in the outbox: at once after the commit that wrote it, and again while that does not work.

Sending and marking as sent cannot be one step. If the process dies between the two, the mail is sent once more after
its pause, with the same Message-ID: twice is better than never.
"""

import asyncio
import logging
from contextlib import suppress

from jellystone import meters, settings
from jellystone.errors import NotSent, Problem
from jellystone.services import letters, outbox
from jellystone.services.smtp import MailServer

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds between looks at what is due, if no commit wakes us earlier


async def send_for_ever(written: asyncio.Event) -> None:
    """`written` is set whenever a mail has been committed, on whichever replica."""
    while True:
        written.clear()
        try:
            await send_due()
        except Exception:
            log.exception("the outbox failed")
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await written.wait()


async def send_due() -> None:
    """One by one, the longest due first. Several may run at the same time: each mail is taken by one of them."""
    if not settings.current().smtp_url:
        return
    server = MailServer.from_url(settings.current().smtp_url)
    while waiting := await outbox.take():
        await _send(server, waiting)


async def _send(server: MailServer, waiting: outbox.Waiting) -> None:
    try:
        message = letters.message(waiting.letter(), to=waiting.to, id=waiting.id, at=waiting.created_at)
        await server.send(message)
    except Problem as problem:
        for_good = isinstance(problem, NotSent) and problem.for_good
        log.warning("the mail %s is not sent: %s", waiting.id, problem)
        meters.mails.labels("failed").inc()
        await outbox.mark_unsent(waiting.id, str(problem), for_good=for_good)
    else:
        await outbox.mark_sent(waiting.id)
        log.info("the mail %s is sent", waiting.id)
        meters.mails.labels("sent").inc()
