"""A real mail server for tests: TLS under an authority of its own, names and passwords, refusals and silence.

`post` (conftest) makes it the instance's: `mail = await post.newest("booboo@park.example")` sends what waits and
returns the last mail that arrived there; `post.path(mail)` is the path of the link in it.
"""

import asyncio
import datetime
import email
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jellystone.jobs import outbox

NAME, PASSWORD = "jellystone", "pic-a-nic/b@sket"
ESCAPED = "pic-a-nic%2Fb%40sket"
DAY = datetime.timedelta(days=1)


@dataclass
class PostOffice:
    """`refusing` maps an address to the answer it gets, such as `550 No such user`; `mails` is all that arrived."""

    authority: Path
    port: int = 0
    at_once: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusing: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    silence: float = 0

    @property
    def url(self) -> str:
        scheme = "smtps" if self.at_once else "smtp"
        return f"{scheme}://{NAME}:{ESCAPED}@localhost:{self.port}?ca={self.authority}"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.silence:
            await asyncio.sleep(self.silence)
        if self.answer.startswith("250"):
            self.recipients += envelope.rcpt_tos
            self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.answer

    async def newest(self, to: str) -> EmailMessage:
        await outbox.send_due()
        return next(mail for mail in reversed(self.mails) if mail["To"].addresses[0].addr_spec == to)

    @staticmethod
    def text(mail: EmailMessage, kind: str = "plain") -> str:
        part = mail.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @staticmethod
    def path(mail: EmailMessage) -> str:
        found = re.search(r"^https?://\S+$", PostOffice.text(mail), re.MULTILINE)
        assert found
        parts = urlsplit(found[0])
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


@contextmanager
def opened(folder: Path, *, at_once: bool = False, **options: Any) -> Iterator[PostOffice]:
    """A mail server on a port of its own, STARTTLS required or TLS at once, and nothing without name and password."""
    authority, certificate = certificates(folder)
    office = PostOffice(authority, port=free_port(), at_once=at_once)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    given: dict[str, Any] = {"authenticator": _lets_in, "auth_required": True, "hostname": "127.0.0.1"}
    if at_once:
        given |= {"ssl_context": context, "auth_require_tls": False}
    else:
        given |= {"tls_context": context, "require_starttls": True}
    controller = Controller(office, port=office.port, **given | options)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def take() -> None:
            try:
                while True:
                    held.append(listening.accept()[0])
            except OSError:
                return

        Thread(target=take, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def _lets_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """`handled=False`: otherwise a wrong password would get no answer at all."""
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (NAME.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificates(folder: Path) -> tuple[Path, Path]:
    """An authority, and the key and certificate it made out for localhost; made once for a folder."""
    authority, server = folder / "authority.pem", folder / "server.pem"
    if not server.exists():
        root, root_key = _certificate("Jellystone Park Authority")
        leaf, leaf_key = _certificate("localhost", root, root_key)
        authority.write_bytes(_pem(root))
        server.write_bytes(_pem(leaf) + _pem(leaf_key))
    return authority, server


def _certificate(
    name: str, issuer: x509.Certificate | None = None, signing: ec.EllipticCurvePrivateKey | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        issuer.subject if issuer else subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        now - DAY,
        now + DAY,
    ).add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    if issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signing or key, hashes.SHA256()), key


def _pem(thing: x509.Certificate | ec.EllipticCurvePrivateKey) -> bytes:
    pem = serialization.Encoding.PEM
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(pem)
    return thing.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
