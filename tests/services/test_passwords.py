import asyncio
import base64
import time
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import uuid4

import argon2
import pytest

from jellystone import settings
from jellystone.services import passwords, vault
from jellystone.services.hashing import Cost
from jellystone.services.passwords import NewPassword, Verified
from jellystone.settings import Settings

PASSWORD = "Boo-Boo likes baskets"
EMAIL = "yogi@park.example"
Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    _cost(monkeypatch)


def _cost(monkeypatch: pytest.MonkeyPatch, **more: int) -> None:
    given = {"argon2_memory": 64, "argon2_time": 1, "argon2_parallelism": 1} | more
    monkeypatch.setattr(settings, "_current", Settings(**given))  # type: ignore[arg-type]


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(coroutine)


async def stored_hash(password: str) -> str:
    return (await passwords.new_wrapping(password)).hash


def test_the_right_password_is_right_and_any_other_is_not() -> None:
    stored = run(stored_hash(PASSWORD))
    assert run(passwords.verify(stored, PASSWORD)) == Verified(ok=True)
    for other in ["", PASSWORD + " ", PASSWORD.lower(), PASSWORD[:-1], PASSWORD + "\0", "\ud800"]:
        assert run(passwords.verify(stored, other)) == Verified(ok=False)


def test_the_hash_is_argon2id_at_the_cost_that_is_set_with_a_salt_of_its_own() -> None:
    one, two = run(stored_hash(PASSWORD)), run(stored_hash(PASSWORD))
    assert one.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert one != two
    assert len(one) <= 255


def test_a_sign_in_opens_what_was_wrapped_when_the_password_was_set() -> None:
    user, private = uuid4(), vault.new_pair().private
    new = run(passwords.new_wrapping(PASSWORD))
    wrapped = vault.wrap_for_password(new.key, private, user=user)
    signed_in = run(passwords.verify(new.hash, PASSWORD, wrapping=new.wrapping))
    assert signed_in.ok
    assert signed_in.key is not None
    assert vault.open_with_password(signed_in.key, wrapped, user=user) == private


def test_a_wrong_password_gets_no_key() -> None:
    new = run(passwords.new_wrapping(PASSWORD))
    assert run(passwords.verify(new.hash, "wrong", wrapping=new.wrapping)) == Verified(ok=False, key=None)


def test_the_hash_is_no_help_in_finding_the_key() -> None:
    """The hash holds 32 bytes of Argon2id with a salt of its own: not the key, nor made with the key's salt."""
    new = run(passwords.new_wrapping(PASSWORD))
    salt, digest = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in new.hash.split("$")[-2:])
    assert len(digest) == len(new.key) == 32
    assert digest != new.key
    assert salt not in new.wrapping


@pytest.mark.parametrize("stored", [None, "of a real account"])
def test_a_missing_account_costs_the_same_work_as_a_wrong_password(
    stored: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts the Argon2 verifications and what each costs; the real ones run."""
    stored = stored and run(stored_hash(PASSWORD))
    done: list[argon2.Parameters] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, hash: str, password: bytes) -> bool:
        done.append(argon2.extract_parameters(hash))
        return verify(self, hash, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    assert run(passwords.verify(stored, "wrong", wrapping=b"never looked at")) == Verified(ok=False)
    assert done == [argon2.Parameters(argon2.Type.ID, 19, 16, 32, 1, 64, 1)]


def test_a_missing_account_is_hashed_for_and_not_refused_as_malformed() -> None:
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(Cost(64, 1, 1)._matched_by_nothing(), PASSWORD)


def test_a_change_of_cost_asks_for_a_new_wrapping_and_the_old_one_still_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    new = run(passwords.new_wrapping(PASSWORD))
    assert not run(passwords.verify(new.hash, PASSWORD, wrapping=new.wrapping)).needs_rehash
    _cost(monkeypatch, argon2_time=2)
    later = run(passwords.verify(new.hash, PASSWORD, wrapping=new.wrapping))
    assert later == Verified(ok=True, needs_rehash=True, key=new.key)
    renewed = run(passwords.new_wrapping(PASSWORD))
    assert run(passwords.verify(renewed.hash, PASSWORD, wrapping=renewed.wrapping)) == Verified(
        True, False, renewed.key
    )


def test_a_hash_of_present_cost_with_a_wrapping_of_former_cost_needs_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    former = run(passwords.new_wrapping(PASSWORD))
    _cost(monkeypatch, argon2_time=2)
    stored = run(stored_hash(PASSWORD))
    assert run(passwords.verify(stored, PASSWORD, wrapping=former.wrapping)).needs_rehash


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("\u00e9clair de lune", "e\u0301clair de lune"),
        ("\uff42\uff4f\uff4f boo", "boo boo"),
        ("boo\u00a0boo", "boo boo"),
    ],
)
def test_a_password_typed_on_another_keyboard_stays_the_same(typed: str, same: str) -> None:
    new = run(passwords.new_wrapping(typed))
    assert run(passwords.verify(new.hash, same, wrapping=new.wrapping)) == Verified(ok=True, key=new.key)


def test_a_long_row_of_accents_takes_no_time() -> None:
    """Normalised, half a million of them would take minutes in the event loop."""
    accents = "\u0301\u0316" * 250_000
    before = time.process_time()
    assert run(passwords.verify(None, accents)) == Verified(ok=False)
    assert passwords.check(PASSWORD, minimum=12, email=accents) is None
    assert passwords.check(accents, minimum=12, email=EMAIL) == "Use at most 1024 characters."
    assert time.process_time() - before < 5


def test_nothing_shows_the_key_or_the_hash() -> None:
    new = run(passwords.new_wrapping(PASSWORD))
    verified = run(passwords.verify(new.hash, PASSWORD, wrapping=new.wrapping))
    for shown in [repr(new), repr(verified), f"{new} {verified}"]:
        assert repr(new.key) not in shown
        assert new.hash not in shown
    assert isinstance(new, NewPassword)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "Use at least 12 characters."),
        ("eleven char", "Use at least 12 characters."),
        ("x" * 1025, "Use at most 1024 characters."),
        ("e\u0301" * 600, "Use at most 1024 characters."),
        ("\ufdfa" * 1000, "Use at most 1024 characters."),
        ("Boo-Boo\0likes", "Use only characters that can be typed."),
        ("Boo-Boo\ud800likes", "Use only characters that can be typed."),
        (EMAIL, "Use something other than your e-mail address."),
        ("YOGI@Park.Example", "Use something other than your e-mail address."),
    ],
)
def test_a_password_that_cannot_be_taken_is_told_what_to_do(password: str, words: str) -> None:
    assert passwords.check(password, minimum=12, email=EMAIL) == words


COMMON = [
    *("password1234", "Password2026!!", "1234Password", "123456789012", "210987654321", "qwertyuiopas", "qwertzuiopas"),
    *("aaaaaaaaaaaa", "abcabcabcabc", "passwordpassword", "AdminAdmin123", "jellystone123", "1q2w3e4r5t6y"),
    *("administrator", "correcthorsebatterystaple", "postgres1234", "iloveyou1234", "iloveyou 2026!"),
]


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_refused_where_long_ones_are_asked_for(password: str) -> None:
    assert (passwords.check(password, minimum=12, email=EMAIL) or "").startswith("This one is easily guessed.")
    assert passwords.check(password, minimum=6, email=EMAIL) is None


@pytest.mark.parametrize(
    "password", [PASSWORD, "x1" * 6 + "y", "837261940582", "pic-a-nic basket", "ü" * 11 + "x", "            x"]
)
def test_other_passwords_are_taken(password: str) -> None:
    assert passwords.check(password, minimum=12, email=EMAIL) is None


def test_the_shortest_and_the_longest_are_taken() -> None:
    assert passwords.check("basket", minimum=6, email=EMAIL) is None
    assert passwords.check("ab" * 511 + "cd", minimum=12, email=EMAIL) is None
    assert passwords.check("", minimum=1, email=EMAIL) == "Use at least 1 characters."
