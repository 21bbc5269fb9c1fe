"""The mail server, as far as its front door: nothing is sent."""

import ssl
from urllib.parse import unquote, urlsplit

import aiosmtplib

from jellystone.doctor.finding import Finding
from jellystone.settings import Settings

PATIENCE = 10.0  # seconds
ABOUT = "mail"


async def look(given: Settings) -> Finding:
    """Connects, insists on TLS, signs in."""
    if not given.smtp_url:
        return Finding("ok", ABOUT, "not configured: no mail is sent. Set JELLYSTONE_SMTP_URL to change that.")
    url = urlsplit(given.smtp_url)
    at_once = url.scheme == "smtps"
    client = aiosmtplib.SMTP(
        hostname=url.hostname,
        port=url.port or (465 if at_once else 587),
        use_tls=at_once,
        start_tls=not at_once,
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        timeout=PATIENCE,
    )
    where = f"{url.hostname}:{client.port}"
    try:
        async with client:
            return Finding("ok", ABOUT, f"{where} answers with TLS" + (" and lets us in" if url.username else ""))
    except aiosmtplib.SMTPAuthenticationError:
        return Finding("bad", ABOUT, f"{where} refuses the name or the password in JELLYSTONE_SMTP_URL.")
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError) as error:
        return Finding("bad", ABOUT, f"{where}: {_reason(error)}. Correct JELLYSTONE_SMTP_URL, or the mail server.")


def _reason(error: Exception) -> str:
    """The library wraps what went wrong with the certificate; people need that."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({cause.verify_message})"
    return str(error).rstrip(".") or type(error).__name__
