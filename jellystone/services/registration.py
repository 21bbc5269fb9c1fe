"""Who may register, as the operator has set it."""

from jellystone import settings
from jellystone.errors import Invalid, NotAllowed

CLOSED = {
    "invited": "Accounts are made by invitation here: ask an owner of the team that you want to join.",
    "closed": "No new accounts are made here. Ask whoever looks after this instance.",
}


def must_be_welcome(email: str, *, invited: bool) -> None:
    """`invited`: the address has an invitation to a team. Then its domain is no matter."""
    now = settings.current()
    if now.registration == "closed" or (now.registration == "invited" and not invited):
        raise NotAllowed(CLOSED[now.registration])
    if not invited and domains() and email.rpartition("@")[2] not in domains():
        raise Invalid(email=f"Register with an address at {' or '.join(domains())}, or ask for an invitation.")


def domains() -> list[str]:
    """Those that may register uninvited; without any, all."""
    return [domain.lower().lstrip("@") for domain in settings.current().registration_domains]


def obstacle() -> str:
    """Why nobody can register uninvited; empty: they can."""
    return CLOSED.get(settings.current().registration, "")
