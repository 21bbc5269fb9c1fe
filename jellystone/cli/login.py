"""`jellystone login`."""

import getpass
import os
import platform
import sys
from typing import TYPE_CHECKING

import click

from jellystone.cli.asking import PATIENCE, address, plain
from jellystone.cli.failures import USAGE, Stopped
from jellystone.cli.given import SCOPES

if TYPE_CHECKING:
    from jellystone.client import Jellystone
    from jellystone.facts.people import IssuedToken


@click.command("login")
@click.argument("url", required=False)
@click.option("--email", metavar="ADDRESS", help="Sign in with a password rather than a token.")
@click.option(
    "--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="Of the token that is made; all by default."
)
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="Until that token expires.")
def command(url: str | None, email: str | None, scopes: tuple[str, ...], days: int) -> None:
    """Log in to the Jellystone at URL, with a token or with e-mail and password.

    The password is not kept: it is used once, to make a personal token that is named after this machine. A program
    sends a token on standard input: `jellystone login URL < file`.
    """
    url = plain(url or "") or address() or plain(click.prompt("Address of Jellystone", default="http://localhost:4000"))
    asked = sys.stdin.isatty()
    token = "" if email else (_hidden("Token (empty: e-mail and password)") if asked else _piped())
    if not token and not asked and not email:
        raise Stopped("Send a token on standard input, or run this in a terminal.", USAGE)
    if token:
        _with_token(url, token.strip())
    else:
        _with_password(url, email or click.prompt("E-mail", err=True), [*(scopes or SCOPES)], days)


def _hidden(words: str) -> str:
    return click.prompt(words, "", hide_input=True, show_default=False, err=True)


def _piped() -> str:
    return sys.stdin.readline().strip()


def _with_token(url: str, token: str) -> None:
    from jellystone.client import Jellystone

    with Jellystone(url, token, patience=PATIENCE) as jellystone:
        teams = [team.name for team in jellystone.teams.list()]
    _keep(url, token, None, "")
    click.echo(f"This token opens {', '.join(teams) or 'no team yet'}.", err=True)


def _with_password(url: str, email: str, scopes: list[str], days: int) -> None:
    from jellystone.client import Jellystone

    password = _hidden("Password") if sys.stdin.isatty() else _piped()
    with Jellystone(url, "", patience=PATIENCE) as jellystone:
        session = jellystone.sessions.create(email=email, password=password)
        try:
            if session.second_factor:
                jellystone.sessions.send_code(click.prompt("Code of your app, or a recovery code", err=True))
            issued = _made(jellystone, scopes, days)
        finally:
            jellystone.sessions.delete()
    _keep(url, issued.token, str(issued.id), issued.name)


def _made(jellystone: "Jellystone", scopes: list[str], days: int) -> "IssuedToken":
    name = f"{_user()}@{platform.node() or 'somewhere'}"[:80]
    return jellystone.personal_tokens.create(name, scopes=scopes, expires_in_days=days)  # type: ignore[arg-type]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _keep(url: str, token: str, token_id: str | None, name: str) -> None:
    from jellystone.cli import credentials

    before = credentials.read().logins.get(url)
    if before is not None and before.token_id not in (None, token_id):
        credentials.revoke(url, before.token_id)
    kept = credentials.keep(url, token, credentials.Login(token_id=token_id, name=name))
    named = f" as {name}" if name else ""
    click.echo(f"You are logged in to {url}{named}. The token is in {kept}.", err=True)
