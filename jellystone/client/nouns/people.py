"""Your account, and signing in with a password: once, to make a token."""

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, sent
from jellystone.facts.people import Account as AccountFact
from jellystone.facts.people import Session

ACCOUNT, SESSION = as_(AccountFact), as_(Session)


class Account(Noun[Way]):
    @sent
    def get(self) -> Call[AccountFact]:
        """Whose token this is; a team's token belongs to nobody."""
        return Call("GET", "/account", ACCOUNT)

    @sent
    def create(self, *, email: str, password: str) -> Call[AccountFact]:
        """Register. The client keeps the session's cookie."""
        return Call("POST", "/account", ACCOUNT, {"email": email, "password": password}, repeatable=False)


class Sessions(Noun[Way]):
    """For a client without a token: it keeps the session's cookie."""

    @sent
    def create(self, *, email: str, password: str) -> Call[Session]:
        """With `second_factor` in the answer a code is due before anything else."""
        return Call("POST", "/session", SESSION, {"email": email, "password": password})

    @sent
    def send_code(self, code: str) -> Call[Session]:
        """Of the second factor: six digits of the app, or a recovery code. Each counts once, so it is not repeated."""
        return Call("POST", "/session/code", SESSION, {"code": code}, repeatable=False)

    @sent
    def delete(self) -> Call[None]:
        """Sign out."""
        return Call("DELETE", "/session", as_nothing)
