"""`jellystone logout`."""

import click

from jellystone.cli.asking import address, plain


@click.command("logout")
@click.argument("url", required=False)
def command(url: str | None) -> None:
    """Forget the token for the Jellystone at URL, and revoke it if `login` made it."""
    from jellystone.cli import credentials

    kept = credentials.read()
    url = plain(url or "") or address()
    login = kept.logins.get(url)
    if login is None:
        click.echo(f"You are not logged in to {url}." if url else "You are not logged in.", err=True)
        return
    revoked = login.token_id is not None and credentials.revoke(url, login.token_id)
    credentials.forget(url)
    still = "" if revoked else " It is good still: revoke it in the browser, under Tokens, if nothing else needs it."
    click.echo(f"You are logged out of {url}. The token is {'revoked' if revoked else 'forgotten'}.{still}", err=True)
