"""What mails say: each as text and as HTML, whole, on one line where it must be, and safe whatever a team is called."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import UndefinedError

from jellystone import settings
from jellystone.paths import TEMPLATES
from jellystone.services import letters

LINK = "https://jellystone.park.example/x/SGpI3TATIwfs_dR4lqeCjSGo-Xq0ENmGqXaKfPq9eDU"
AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
OF_TEAM = {"team": "Rangers", "inviter": "yogi@park.example", "link": LINK}
OF_TOKEN = {"team": "Rangers", "name": "terraform", "prefix": "jst_4fQ2", "expires_at": AT, "link": LINK}
OF_CHECK = {
    "object": "main/orders",
    "title": "Waiting for a lock",
    "summary": "An hour.",
    "what": "End it.",
    "link": "x",
}
OF_ADVICE = {"over": [], "link": LINK, "choose": f"{LINK}c", "unsubscribe": f"{LINK}u"}
FACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "confirmation": ("confirmation", {"link": LINK}),
    "email_change": ("email_change", {"link": LINK, "old": "yogi@park.example"}),
    "email_change_notice": ("email_change_notice", {"new_masked": "b…@park.example", "link": LINK}),
    "email_change_notice without link": ("email_change_notice", {"new_masked": "b…@park.example"}),
    "password_reset": ("password_reset", {"link": LINK, "address": "203.0.113.7"}),
    "password_reset from nowhere": ("password_reset", {"link": LINK, "address": None}),
    "password_changed": ("password_changed", {"at": AT, "address": "203.0.113.7"}),
    "invitation of an owner": ("invitation", {**OF_TEAM, "rank": "owner"}),
    "invitation of a member": ("invitation", {**OF_TEAM, "rank": "member"}),
    "invitation of a viewer": ("invitation", {**OF_TEAM, "rank": "viewer"}),
    "token_expiring": ("token_expiring", OF_TOKEN),
    "advice": ("advice", OF_ADVICE | {"opened": [OF_CHECK]}),
    "advice on several": ("advice", OF_ADVICE | {"opened": [OF_CHECK] * 3, "over": [OF_CHECK]}),
    "advice that is over": ("advice", OF_ADVICE | {"opened": [], "over": [OF_CHECK]}),
    "test": ("test", {}),
}


def written(name: str) -> letters.Letter:
    template, facts = FACTS[name]
    return letters.write(template, **facts)


@pytest.fixture(autouse=True)
def instance(given: settings.Settings) -> None:
    settings.use(given)


def test_every_template_is_a_kind_of_mail_and_has_facts_here() -> None:
    files = {file.name for file in (TEMPLATES / "mail").iterdir() if not file.name.startswith("_")}
    assert files == {f"{kind}.{suffix}" for kind in letters.KINDS for suffix in ("txt", "html")}
    assert {template for template, _ in FACTS.values()} == letters.KINDS.keys()


@pytest.mark.parametrize("name", FACTS)
def test_a_mail_says_the_same_as_text_and_as_html(name: str) -> None:
    letter = written(name)
    assert 5 < len(letter.subject) < 70
    assert f"<title>{letter.subject}</title>" in letter.html
    assert letter.text.rstrip().endswith("-- \nJellystone, http://jellystone.test")
    for said in (letter.text, letter.html):
        assert "jellystone.test" in said
        assert not re.search(r"\bNone\b|\{\{|\{%|  \S", said.replace("\n  .", "\n."))
        assert (LINK in said) is (LINK in FACTS[name][1].values())
    assert "<script" not in letter.html
    assert not re.search(r"(src|background)=|url\(|@import", letter.html), "nothing is fetched when a mail is opened"


@pytest.mark.parametrize("name", FACTS)
def test_the_link_stands_alone_on_its_line_so_that_no_program_cuts_it(name: str) -> None:
    letter = written(name)
    if LINK in letter.text:
        assert LINK in letter.text.splitlines()


def test_a_missing_fact_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        letters.write("confirmation")
    with pytest.raises(KeyError):
        letters.write("../session/new")


def test_what_people_call_their_team_is_text_and_stays_on_its_line() -> None:
    evil = '<img src=x onerror=alert(1)>\r\n\r\n"Bcc: x@y\u202e\u2028\x1b[2J'
    letter = letters.write("invitation", team=evil, inviter=evil, rank="member", link=LINK)
    assert "<img" not in letter.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in letter.html
    assert letter.subject == 'Join the team <img src=x onerror=alert(1)> "Bcc: x@y [2J'
    assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u202e]", letter.text)


def test_a_long_name_does_not_make_a_longer_subject_than_we_keep() -> None:
    letter = letters.write("invitation", team="x" * 500, inviter="y", rank="member", link=LINK)
    assert len(letter.subject) == letters.LONGEST_SUBJECT
    assert letter.subject.endswith("x…")


def test_days_are_words() -> None:
    assert "within a day" in written("password_reset").text
    assert "within 7 days" in written("confirmation").text
