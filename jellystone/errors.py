"""What can go wrong, in the domain's own words. Nothing here knows about HTTP."""

from uuid import UUID


class Problem(Exception):
    """A request that cannot be carried out. The message is shown to whoever asked: it says what to do."""


class NotSignedIn(Problem):
    """Nobody, or a session or token that is not (or no longer) good."""


class NotAllowed(Problem):
    """Known and visible, but not permitted to this person or token.

    `what` completes "may not …" where the attempt is worth recording; `team` is the team that it was about.
    """

    def __init__(self, message: str, /, *, what: str = "", team: UUID | None = None) -> None:
        super().__init__(message)
        self.what, self.team = what, team


class NotConfirmed(NotAllowed):
    """Permitted once the person has typed their password again: the last sign-in is too long ago."""


class NotFound(Problem):
    """It is not there, or the one who asks may not know that it is."""


class Expired(Problem):
    """A link that was good once: used, too old, or overtaken by what happened since."""


class Conflict(Problem):
    """Sensible in itself, but the present state of things forbids it.

    `fields` names the field to change, if there is one; `existing` the id of what stands in the way,
    only where the one who asks may see it.
    """

    def __init__(self, message: str, /, *, existing: str | None = None, **fields: str) -> None:
        super().__init__(message)
        self.existing, self.fields = existing, fields


class AlreadyDone(Conflict):
    """Asked for again with the same idempotency key: it is done, and cannot be answered as it was the first time."""


class InProgress(Conflict):
    """The same thing is being done at this moment. `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Stale(Problem):
    """It is not what the one who asks has last seen (`If-Match`), so it was left as it is."""


class Invalid(Problem):
    """Some of what was sent cannot be used: `Invalid(name="Use small letters.")`."""

    def __init__(self, /, **fields: str) -> None:
        super().__init__(f"Some of what was sent cannot be used: {', '.join(fields)}.")
        self.fields = fields


class TooMany(Problem):
    """Too often in too short a time. `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(TooMany):
    """We have too much to do just now; nothing is wrong with the request."""


class Unreachable(Problem):
    """A managed PostgreSQL server does not answer, or not in time."""


class Refused(Problem):
    """A managed PostgreSQL server answered, and would not do it. The message carries its reason."""


class NotSent(Problem):
    """A mail could not be sent. `for_good`: another attempt would end the same."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


class Misconfigured(Exception):
    """Settings, data folder or machine are not as they must be. The message says what to do; the program ends."""
