"""Registering: the set-up code, and what is stored."""

import pytest

from jellystone.database import DB
from jellystone.errors import Invalid
from jellystone.services import accounts
from tests.otherwise import decided
from tests.park import HERE, Park

pytestmark = pytest.mark.anyio


async def test_an_email_is_kept_in_small_letters_without_spaces_around(park: Park) -> None:
    made = await accounts.register(HERE, email="  Ranger@PARK.example ", password="a good passphrase")
    assert made.email == "ranger@park.example"


async def test_the_password_is_stored_as_argon2id_only(park: Park) -> None:
    await accounts.register(HERE, email="ranger@park.example", password="a good passphrase")
    (row,) = await DB.fetch("SELECT u::text AS row FROM users u WHERE email = 'ranger@park.example'")
    assert "$argon2id$" in row["row"]
    assert "a good passphrase" not in row["row"]


@pytest.mark.parametrize("password", ["short", "password1234", "ranger@park.example", "aaaaaaaaaaaaaa", "x" * 1025])
async def test_a_password_that_is_easily_guessed_is_refused(park: Park, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        await accounts.register(HERE, email="ranger@park.example", password=password)
    assert refused.value.fields.keys() == {"password"}
    assert password not in str(refused.value.fields)


async def test_the_set_up_code_follows_from_the_secret_key(park: Park) -> None:
    codes = set()
    for key in ("one secret key that is long enough", "another secret key, long enough too"):
        with decided(host="::", secret_keys=(key,)):
            code = accounts.setup_code()
            assert code
            assert code == accounts.setup_code(), "the same for every replica"
            assert key not in code
            codes.add(code)
    assert len(codes) == 2
    for host in ("localhost", "127.0.0.1", "::1"):
        with decided(host=host):
            assert accounts.setup_code() is None
