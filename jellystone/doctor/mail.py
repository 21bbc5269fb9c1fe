"""The mail server: as far as its front door, or with a mail to whoever asks for one."""

from datetime import UTC, datetime

from jellystone import settings
from jellystone.doctor.finding import Finding
from jellystone.errors import NotSent
from jellystone.services import letters
from jellystone.services.smtp import MailServer
from jellystone.settings import Settings
from jellystone.tables.columns import uuid7

ABOUT = "mail"
HELP = "Set JELLYSTONE_SMTP_URL to change that."


async def look(given: Settings) -> Finding:
    """Connects, insists on TLS, signs in; sends nothing."""
    if given.has_mailbox:
        return Finding(
            "ok", ABOUT, f"not configured: no mail is sent, all are shown at {given.base_url}/mailbox. {HELP}"
        )
    if not given.smtp_url:
        return Finding("ok", ABOUT, f"not configured: no mail is sent. {HELP}")
    server = MailServer.from_url(given.smtp_url)
    try:
        await server.look()
    except NotSent as problem:
        return Finding("bad", ABOUT, str(problem))
    return Finding("ok", ABOUT, f"{server.where} answers with TLS" + (" and lets us in" if server.name else ""))


async def send_test(given: Settings, to: str) -> Finding:
    """One mail, at once and not through the outbox: it shows what the mail server says to it."""
    if not given.smtp_url:
        return Finding("bad", ABOUT, "there is no mail server to send it with: set JELLYSTONE_SMTP_URL.")
    settings.use(given)
    server = MailServer.from_url(given.smtp_url)
    try:
        await server.send(letters.message(letters.write("test"), to=to, id=uuid7(), at=datetime.now(UTC)))
    except NotSent as problem:
        return Finding("bad", ABOUT, str(problem))
    return Finding(
        "ok", ABOUT, f"{server.where} has taken a mail from {given.mail_from} to {to}: look whether it arrives"
    )
