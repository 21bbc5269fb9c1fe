"""The way to the mail server: always over TLS, or not at all."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import errors

from jellystone.errors import NotSent

PATIENCE = 20.0  # seconds for each answer of the server
FAREWELL = 2.0
IN_ALL = 45.0  # seconds for one mail; less than the first pause between two attempts, so no two ever overlap
UNENCRYPTED = "offers no STARTTLS, and nothing is sent unencrypted. Use smtps://… or another port"


@dataclass(frozen=True)
class MailServer:
    """`at_once`: TLS from the first byte (smtps); otherwise STARTTLS, which the server must offer."""

    host: str
    port: int
    at_once: bool
    name: str | None = None
    password: str | None = field(default=None, repr=False)
    authority: str | None = None  # path of the only CA to be trusted

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`smtp://name:password@host:587` or `smtps://…`, both with `?ca=/path` if the server's CA is one's own."""
        parts = urlsplit(url)
        at_once = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if at_once else 587),
            at_once=at_once,
            name=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            authority=parse_qs(parts.query).get("ca", [None])[0],
        )

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    async def look(self) -> None:
        """As far as its front door: TLS and signing in, nothing sent. Raises `NotSent`."""
        await self._use(None)

    async def send(self, message: EmailMessage) -> None:
        """Raises `NotSent`, in words without the password; `for_good` if another attempt would end the same."""
        await self._use(message)

    async def _use(self, message: EmailMessage | None) -> None:
        try:
            async with asyncio.timeout(IN_ALL), self._connected() as client:
                if message is not None:
                    sender, to = (message[name].addresses[0].addr_spec for name in ("From", "To"))
                    await client.send_message(message, sender=sender, recipients=[to])
        except (errors.SMTPException, ssl.SSLError, OSError, ValueError) as error:
            raise self._in_words(error) from None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """What the server has accepted is sent, however the goodbye goes."""
        client = self._client()
        try:
            await client.connect()
            yield client
            with suppress(errors.SMTPException, OSError):
                await client.quit(timeout=FAREWELL)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        try:
            trusting = ssl.create_default_context(cafile=self.authority)
        except OSError as error:
            reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise NotSent(f"The CA file {self.authority} in JELLYSTONE_SMTP_URL cannot be used: {reason}.") from None
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.at_once,
            start_tls=not self.at_once,  # True: required
            username=self.name,
            password=self.password,
            tls_context=trusting,
            timeout=PATIENCE,
        )

    def _in_words(self, error: Exception) -> NotSent:
        match error:
            case errors.SMTPRecipientsRefused(recipients=[first, *_]):
                return self._refused(first, "this address")
            case errors.SMTPRecipientRefused():
                return self._refused(error, "this address")
            case errors.SMTPDataError():
                return self._refused(error, "this mail")
            case errors.SMTPNotSupported():
                return NotSent(f"{self.where} takes no address with such letters (SMTPUTF8).", for_good=True)
            case errors.SMTPAuthenticationError():
                return NotSent(f"{self.where} refuses the name or the password in JELLYSTONE_SMTP_URL.")
            case errors.SMTPSenderRefused():
                said = f"{error.code} {_on_one_line(error.message)}"
                return NotSent(f"{self.where} refuses our sender's address: {said}. Change JELLYSTONE_MAIL_FROM.")
            case TimeoutError() | errors.SMTPTimeoutError():
                return NotSent(f"{self.where} does not answer in time.")
        return NotSent(f"{self.where} {_reason(error)}.")

    def _refused(self, error: errors.SMTPResponseException, what: str) -> NotSent:
        """5xx is an answer for good, anything else may be another one in a minute (RFC 5321, 4.2.1)."""
        words = f"{self.where} refuses {what}: {error.code} {_on_one_line(error.message)}"
        return NotSent(words.rstrip(".") + ".", for_good=500 <= error.code < 600)


def _reason(error: Exception) -> str:
    """The library wraps what went wrong with the certificate or the network; people need that."""
    cause: BaseException = error
    while (cause.__cause__ or cause.__context__) is not None:
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"has a certificate that is not to be trusted: {cause.verify_message}"
    if "STARTTLS extension not supported" in str(error):
        return UNENCRYPTED
    if isinstance(cause, ssl.SSLError):
        return "speaks no TLS that we know here. Is it smtp:// (STARTTLS) or smtps:// (TLS at once)?"
    if isinstance(error, errors.SMTPConnectError) and not isinstance(error, errors.SMTPResponseException):
        return f"cannot be reached{_of_network(cause)}"
    return f"ended the conversation: {_on_one_line(str(error)).rstrip('.') or type(error).__name__}"


def _of_network(cause: BaseException) -> str:
    """Nothing where several addresses were tried in vain, each for a reason of its own."""
    if not isinstance(cause, OSError) or not cause.errno:
        return ""
    words = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or ""
    return f": {words.lower()}"


def _on_one_line(text: str) -> str:
    """A server's answer, which may have many lines, or control characters meant for a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
