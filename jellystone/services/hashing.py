"""Argon2id is meant to be slow, so it has threads of its own: few, of low priority, and with a short queue.

In the event loop it stops everything, in any number of threads it slows everything; so nothing but sign-in waits.
"""

import asyncio
import os
import struct
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from jellystone.errors import Busy
from jellystone.services.vault import Sealed

WAITING = 64
RETRY_AFTER = 5
"""Seconds after which a full queue of `WAITING` jobs is done, on a slow machine."""

_LENGTH = 32
_SALT = 16
_WRAPPING = struct.Struct(f">BIIB{_SALT}s")
_VERSION = 1

Result = TypeVar("Result")


class Cost(NamedTuple):
    """What one Argon2id costs: KiB of memory, passes over it, lanes. Its functions block: see `Workers`."""

    memory: int
    time: int
    parallelism: int

    def hash(self, secret: bytes) -> str:
        return self._hasher.hash(secret)

    def matches(self, stored: str | None, secret: bytes) -> bool:
        """Works as long when nothing is stored, so that time does not tell who has an account."""
        try:
            return self._hasher.verify(stored or self._matched_by_nothing(), secret)
        except (VerificationError, InvalidHashError):
            return False

    def is_that_of(self, stored: str, wrapping: bytes | None) -> bool:
        """Whether a sign-in hash, and a wrapping if there is one, were made at this cost."""
        if wrapping is not None and _unpack(wrapping)[0] != self:
            return False
        return not self._hasher.check_needs_rehash(stored)

    def new_wrapping(self) -> bytes:
        """The cost and a new salt, to be kept beside what the key wraps: a version byte, then 25 bytes."""
        return _WRAPPING.pack(_VERSION, *self, os.urandom(_SALT))

    @property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(self.time, self.memory, self.parallelism, hash_len=_LENGTH, salt_len=_SALT)

    def _matched_by_nothing(self) -> str:
        salt, digest = (b64encode(os.urandom(size)).decode().rstrip("=") for size in (_SALT, _LENGTH))
        return f"$argon2id$v=19$m={self.memory},t={self.time},p={self.parallelism}${salt}${digest}"


def key_for(wrapping: bytes, secret: bytes) -> bytes:
    """The 32 bytes that open what was wrapped for a password, at the cost and with the salt it was wrapped with."""
    cost, salt = _unpack(wrapping)
    try:
        return hash_secret_raw(secret, salt, cost.time, cost.memory, cost.parallelism, _LENGTH, Type.ID)
    except HashingError:
        raise _damaged() from None


def _unpack(wrapping: bytes) -> tuple[Cost, bytes]:
    if len(wrapping) != _WRAPPING.size or wrapping[0] != _VERSION:
        raise _damaged()
    _, memory, time, parallelism, salt = _WRAPPING.unpack(wrapping)
    return Cost(memory, time, parallelism), salt


def _damaged() -> Sealed:
    return Sealed("Your password does not open your key. Reset your password to make a new one.")


class Workers:
    """Threads that do such jobs. Raises `Busy` rather than let more than `waiting` of them wait."""

    def __init__(self, threads: int, *, waiting: int = WAITING) -> None:
        self._threads = ThreadPoolExecutor(threads, "argon2", initializer=_yield_to_others)
        self._places = threading.BoundedSemaphore(threads + waiting)

    async def do(self, job: Callable[[], Result]) -> Result:
        """A job whose caller gives up while it waits is not done."""
        if not self._places.acquire(blocking=False):
            raise Busy("Too many people are signing in just now. Try again in a few seconds.", retry_after=RETRY_AFTER)
        future = self._threads.submit(job)
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


def _yield_to_others() -> None:
    """On Linux niceness is a thread's own, though POSIX says it is the process's."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + 10)
