import traceback
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jellystone.errors import Misconfigured, Problem
from jellystone.services import credentials, vault
from jellystone.services.vault import Holder, InstanceKeys, KeyPair, Sealed

TEAM, OTHER_TEAM, ROLE, USER, ROW = (uuid4() for _ in range(5))
PAIR, STRANGER = vault.new_pair(), vault.new_pair()
SECRET, OTHER_SECRET = credentials.new_secret().text, credentials.new_token("team").text
KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
FIRST, SECOND = "first-secret-key-of-an-instance-0", "second-secret-key-of-an-instance"
INSTANCE = InstanceKeys([FIRST])
PASSWORD = "Boo-Boo likes pic-a-nic baskets"
HOLDERS: list[Holder] = ["session", "personal token", "team token", "invitation"]


@dataclass
class Case:
    """One purpose: its ciphertext, and what opens it with the key and ids given, by default the right ones."""

    plain: bytes | str
    ciphertext: bytes
    open: Callable[..., bytes | str]
    ids: dict[str, UUID]
    wrong_key: object


def _cases() -> dict[str, Case]:
    role, member, person, server = (
        {"team": TEAM, "role": ROLE},
        {"team": TEAM, "user": USER},
        {"user": USER},
        {"row": ROW},
    )
    cases = {
        "role password": Case(
            PASSWORD,
            vault.seal_password(PAIR.public, PASSWORD, **role),
            lambda text, key=PAIR.private, **ids: vault.open_password(key, text, **(role | ids)),
            role,
            STRANGER.private,
        ),
        "team key": Case(
            KEY,
            vault.share_team_key(PAIR.public, KEY, **member),
            lambda text, key=PAIR.private, **ids: vault.open_team_key(key, text, **(member | ids)),
            member,
            STRANGER.private,
        ),
        "password": Case(
            KEY,
            vault.wrap_for_password(KEY, KEY, **person),
            lambda text, key=KEY, **ids: vault.open_with_password(key, text, **(person | ids)),
            person,
            OTHER_KEY,
        ),
        "instance": Case(
            KEY,
            INSTANCE.wrap(KEY, purpose="server address", **server),
            lambda text, key=INSTANCE, **ids: key.unwrap(text, purpose="server address", **(server | ids)),
            server,
            InstanceKeys([SECOND]),
        ),
    }
    return cases | {holder: _held(holder) for holder in HOLDERS}


def _held(holder: Holder) -> Case:
    ids = {"row": ROW, "owner": USER}
    return Case(
        KEY,
        vault.wrap_for_secret(SECRET, KEY, holder=holder, **ids),
        lambda text, key=SECRET, **other: vault.open_with_secret(key, text, holder=holder, **(ids | other)),
        ids,
        OTHER_SECRET,
    )


CASES = _cases()
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@each_case
def test_what_was_shut_opens_with_its_key(case: Case) -> None:
    assert case.open(case.ciphertext) == case.plain


@each_case
def test_another_key_does_not_open_it(case: Case) -> None:
    with pytest.raises(Sealed):
        case.open(case.ciphertext, case.wrong_key)


@each_case
def test_in_another_row_it_does_not_open(case: Case) -> None:
    for name in case.ids:
        with pytest.raises(Sealed):
            case.open(case.ciphertext, **{name: uuid4()})


@each_case
def test_ids_that_changed_places_do_not_open_it(case: Case) -> None:
    swapped = dict(zip(case.ids, reversed(case.ids.values()), strict=True))
    if len(swapped) > 1:
        with pytest.raises(Sealed):
            case.open(case.ciphertext, **swapped)


@each_case
def test_every_flipped_bit_is_noticed(case: Case) -> None:
    for at in range(len(case.ciphertext) * 8):
        changed = bytearray(case.ciphertext)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(Sealed):
            case.open(bytes(changed))


@each_case
def test_every_truncation_and_extension_is_noticed(case: Case) -> None:
    for changed in [case.ciphertext[:length] for length in range(len(case.ciphertext))] + [case.ciphertext + b"\0"]:
        with pytest.raises(Sealed):
            case.open(changed)


@each_case
def test_the_first_byte_is_the_version_and_another_version_is_refused(case: Case) -> None:
    assert case.ciphertext[0] == 1
    for version in [0, *range(2, 256)]:
        with pytest.raises(Sealed):
            case.open(bytes([version]) + case.ciphertext[1:])


@each_case
def test_nothing_else_opens_as_it(case: Case) -> None:
    for other in CASES.values():
        if other is not case:
            with pytest.raises(Sealed):
                case.open(other.ciphertext)


@each_case
def test_the_ciphertext_shows_no_part_of_the_content(case: Case) -> None:
    plain = case.plain.encode() if isinstance(case.plain, str) else case.plain
    assert not any(plain[at : at + 4] in case.ciphertext for at in range(len(plain) - 4))


@each_case
def test_a_failure_tells_nothing_but_what_to_do(case: Case) -> None:
    with pytest.raises(Problem) as failure:
        case.open(case.ciphertext, case.wrong_key)
    told = "".join(traceback.format_exception(failure.value))
    content = [PASSWORD, SECRET, OTHER_SECRET, FIRST, SECOND, repr(KEY), KEY.hex(), repr(PAIR.private)]
    assert not any(secret in told for secret in content)
    assert case.ciphertext.hex() not in told
    assert repr(case.ciphertext) not in told
    assert str(failure.value).endswith(".")
    assert failure.value.args == (str(failure.value),)


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_key_in_one_kind_of_row_does_not_open_in_another(holder: Holder) -> None:
    wrapped = vault.wrap_for_secret(SECRET, KEY, holder=holder, row=ROW, owner=USER)
    for other in HOLDERS:
        if other != holder:
            with pytest.raises(Sealed):
                vault.open_with_secret(SECRET, wrapped, holder=other, row=ROW, owner=USER)


def test_shutting_twice_shows_no_likeness() -> None:
    one, two = (vault.seal_password(PAIR.public, PASSWORD, team=TEAM, role=ROLE) for _ in range(2))
    assert one[1:33] != two[1:33]
    one, two = (vault.wrap_for_secret(SECRET, KEY, holder="session", row=ROW, owner=USER) for _ in range(2))
    assert one[1:13] != two[1:13]


@given(st.text(max_size=200))
def test_any_password_comes_back_as_it_was(password: str) -> None:
    sealed = vault.seal_password(PAIR.public, password, team=TEAM, role=ROLE)
    assert vault.open_password(PAIR.private, sealed, team=TEAM, role=ROLE) == password


def test_half_a_surrogate_is_no_error_that_shows_the_password() -> None:
    sealed = vault.seal_password(PAIR.public, "pic\ud800nic", team=TEAM, role=ROLE)
    assert vault.open_password(PAIR.private, sealed, team=TEAM, role=ROLE) == "pic\ud800nic"


def test_the_length_of_a_sealed_password_does_not_show_a_short_one() -> None:
    lengths = {len(vault.seal_password(PAIR.public, "x" * n, team=TEAM, role=ROLE)) for n in range(64)}
    assert len(lengths) == 1


def test_a_pair_shows_its_public_half_only() -> None:
    pair = vault.new_pair()
    assert repr(pair.public) in repr(pair)
    assert repr(pair.private) not in repr(pair)
    assert repr(pair.private) not in f"{pair}"


def test_pairs_differ_and_a_private_key_tells_its_public_one() -> None:
    pairs = [vault.new_pair() for _ in range(20)]
    assert len({pair.private for pair in pairs}) == 20
    assert all(vault.public_of(pair.private) == pair.public for pair in pairs)
    assert {len(half) for pair in pairs for half in (pair.public, pair.private)} == {32}


def test_a_team_key_goes_from_founder_to_invitation_to_member_to_password() -> None:
    team, founder, member, invitation, role = vault.new_pair(), vault.new_pair(), vault.new_pair(), uuid4(), uuid4()
    sealed = vault.seal_password(team.public, PASSWORD, team=TEAM, role=role)
    founders = vault.share_team_key(founder.public, team.private, team=TEAM, user=USER)
    opened = vault.open_team_key(founder.private, founders, team=TEAM, user=USER)
    link = credentials.new_secret().text
    invited = vault.wrap_for_secret(link, opened, holder="invitation", row=invitation, owner=TEAM)
    carried = vault.open_with_secret(link, invited, holder="invitation", row=invitation, owner=TEAM)
    members = vault.share_team_key(member.public, carried, team=TEAM, user=ROW)
    last = vault.open_team_key(member.private, members, team=TEAM, user=ROW)
    assert vault.open_password(last, sealed, team=TEAM, role=role) == PASSWORD


def test_a_new_instance_key_encrypts_while_the_former_still_decrypts() -> None:
    former = INSTANCE.wrap(b"park", purpose="server address", row=ROW)
    both = InstanceKeys([SECOND, FIRST])
    assert both.unwrap(former, purpose="server address", row=ROW) == b"park"
    assert both.needs_rewrap(former)
    moved = both.wrap(b"park", purpose="server address", row=ROW)
    assert not both.needs_rewrap(moved)
    assert InstanceKeys([SECOND]).unwrap(moved, purpose="server address", row=ROW) == b"park"
    with pytest.raises(Sealed):
        INSTANCE.unwrap(moved, purpose="server address", row=ROW)


def test_a_missing_instance_key_is_told_apart_from_damage() -> None:
    wrapped = INSTANCE.wrap(b"park", purpose="server address", row=ROW)
    with pytest.raises(Sealed, match="Add that key to JELLYSTONE_SECRET_KEY"):
        InstanceKeys([SECOND]).unwrap(wrapped, purpose="server address", row=ROW)
    with pytest.raises(Sealed, match="changed or damaged"):
        INSTANCE.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), purpose="server address", row=ROW)


def test_the_instance_key_opens_a_thing_for_its_own_purpose_only() -> None:
    wrapped = INSTANCE.wrap(b"park", purpose="server address", row=ROW)
    with pytest.raises(Sealed):
        INSTANCE.unwrap(wrapped, purpose="role verifier", row=ROW)


@pytest.mark.parametrize("keys", [[], [""], ["short"], [FIRST, "x" * 31]])
def test_too_short_an_instance_key_is_refused_without_showing_it(keys: list[str]) -> None:
    with pytest.raises(Misconfigured, match="at least 32 characters") as failure:
        InstanceKeys(keys)
    assert not any(key in str(failure.value) for key in keys if key)


def test_instance_keys_do_not_show_themselves() -> None:
    assert FIRST not in repr(INSTANCE)
    assert KeyPair(b"", FIRST.encode()).__repr__().count(FIRST) == 0


GOLDEN_KEY = bytes(range(32))

GOLDEN = {
    "password": "0142b261ce08c907a0579b3ab0133e19c5a00fd63e94b1729e032de7a3a874260b533315388bb6fa8674d0c1d0729fcd521c"
    "3f6bae253f8e294cc0cb7430ebd539bfdfdf0cafe5327fe4759db7e548c4d1d1bda7c1cd7b703cf669f3fdd121a9913ab7dc"
    "a03bb333ce6706a857d878bc85",
    "team": "01e60fa33a8c01d91b79d4e7e347bc8eb71d3131eb2e8a2617d62da68ad08c821964496776427b4eff1ea3f0e99e120bea73ee50",
    "session": "012c0ee433b0f0981a48783f4ca109d7c2de6c753f6f55846cf67662158c80c5",
    "person": "01d746dc5de16f51f94befc078f3575e61d1d85f30c747504b2fe3f65e499b31",
    "instance": "0125dd3e90179317c322fd9d0b51ae1f8bfebed336175505c6454d0543e5d88f647c95aa368c5a68",
}


def test_what_this_version_wrote_opens_for_ever() -> None:
    """Ciphertexts of version 1, as they stand in databases: a change that breaks this needs a new version byte."""
    team, other = UUID(int=1), UUID(int=2)
    assert vault.open_password(GOLDEN_KEY, bytes.fromhex(GOLDEN["password"]), team=team, role=other) == "pic-a-nic"
    assert vault.open_team_key(GOLDEN_KEY, bytes.fromhex(GOLDEN["team"]), team=team, user=other) == b"key"
    held = bytes.fromhex(GOLDEN["session"])
    assert vault.open_with_secret("secret", held, holder="session", row=team, owner=other) == b"key"
    assert vault.open_with_password(GOLDEN_KEY, bytes.fromhex(GOLDEN["person"]), user=team) == b"key"
    wrapped = bytes.fromhex(GOLDEN["instance"])
    assert InstanceKeys([FIRST]).unwrap(wrapped, purpose="server address", row=team) == b"key"
