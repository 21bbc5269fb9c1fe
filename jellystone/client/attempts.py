"""When to try again, and how long to wait before: pure decisions, so that both clients share them."""

import random
import re
import time
from typing import Any

import httpx

from jellystone.client.calls import Call
from jellystone.client.problems import NotFound, NotUnderstood, Unreachable, problem_in, retry_after

NOT_NOW = (429, 503)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
FIRST, LONGEST = 0.25, 8.0  # seconds


class Attempts:
    """Of one call. `patience` is how long it may take in all, in seconds, with every wait and repetition.

    An answer that says when to come back is believed; without one the waits double. Chance is added, so that many
    clients that were sent away together do not come back together.
    """

    def __init__(self, call: Call[Any], *, timeout: float, patience: float) -> None:
        self.call, self.timeout = call, timeout
        self.until = time.monotonic() + patience
        self.count = 0
        self.lost = False  # an answer was: the request may have been carried out

    @property
    def limit(self) -> float:
        """For the next attempt, in seconds."""
        return max(0.1, min(self.timeout, self.until - time.monotonic()))

    def after_failure(self, error: httpx.TransportError) -> float:
        """Seconds to wait; raises `Unreachable` where another attempt could do harm, or time is up."""
        sent = not isinstance(error, NEVER_SENT)
        self.lost = self.lost or sent
        pause = self._pause(None)
        if isinstance(error, httpx.UnsupportedProtocol) or (sent and not self.call.repeatable) or self._ends(pause):
            raise Unreachable(self._words(error), unknown=self.lost and self.call.method != "GET") from None
        return pause

    def counts(self, answer: httpx.Response) -> bool:
        """Whether it was done; also where what is to be deleted is gone since the attempt whose answer was lost."""
        if answer.is_success or not self.lost or self.call.method != "DELETE":
            return answer.is_success
        return isinstance(problem_in(answer), NotFound)

    def after(self, answer: httpx.Response) -> float:
        """Seconds to wait before the next attempt. Raises the problem that the answer tells, if it is to stay."""
        if answer.has_redirect_location:
            raise NotUnderstood(
                f"{_place(answer.url)} sends us on to {answer.headers['location']}: use that as the url."
            )
        asked = retry_after(answer)
        if answer.status_code in NOT_NOW or (answer.status_code == 409 and asked is not None):
            pause = self._pause(asked)
            if not self._ends(pause):
                return pause
        raise problem_in(answer)

    def _pause(self, asked: float | None) -> float:
        self.count += 1
        longest = min(LONGEST, FIRST * 2.0**self.count)
        if asked is None:
            return random.uniform(longest / 2, longest)  # noqa: S311
        return asked + random.uniform(0, min(longest, 1.0))  # noqa: S311

    def _ends(self, pause: float) -> bool:
        return time.monotonic() + pause >= self.until

    def _words(self, error: httpx.TransportError) -> str:
        place = _place(error.request.url)
        if isinstance(error, httpx.TimeoutException):
            return f"{place} did not answer in time."
        why = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        hint = " If its certificate authority is your own, name its file: ca_file, or JELLYSTONE_CA_FILE."
        return f"{place} cannot be reached: {why}.{hint if 'CERTIFICATE_VERIFY_FAILED' in why else ''}"


def _place(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
