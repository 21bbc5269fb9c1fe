"""The codes of a second factor, against the standard's own examples and against reuse."""

import time

import pytest

from jellystone.services import codes

SECRET = b"12345678901234567890"
# RFC 6238, appendix B (SHA-1), its last six digits
KNOWN = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("moment", "code"), KNOWN)
def test_codes_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch, moment: int, code: str) -> None:
    monkeypatch.setattr(time, "time", lambda: moment)
    assert codes.step_of(SECRET, code, after=0) == moment // 30


def test_a_clock_may_be_one_step_apart_and_not_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for late, found in ((-60, None), (-30, 41152263), (0, 41152263), (30, 41152263), (60, None)):
        monkeypatch.setattr(time, "time", lambda late=late: 1234567890 + late)
        assert codes.step_of(SECRET, "005924", after=0) == found


def test_a_step_that_was_used_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1234567890)
    assert codes.step_of(SECRET, "005924", after=41152263) is None
    assert codes.step_of(SECRET, "005924", after=41152262) == 41152263


@pytest.mark.parametrize("typed", ["", "005925", "00592", "٠٠٥٩٢٤", "005924\0"])
def test_anything_else_is_no_code(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(time, "time", lambda: 1234567890)
    assert codes.step_of(SECRET, typed, after=0) is None


def test_a_secret_is_spelled_as_apps_read_it() -> None:
    assert codes.spelled(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in codes.uri(SECRET, "yogi@park.example")
    assert codes.uri(SECRET, "yogi@park.example").startswith("otpauth://totp/Jellystone:yogi%40park.example?")
