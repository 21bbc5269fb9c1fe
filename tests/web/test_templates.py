"""Every template renders with the facts it is given, and what it writes is sound HTML for everybody."""

from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import UndefinedError

from jellystone.web.templates import address, asset, attributes, environment
from tests.web import samples

FIELDS = ("input", "select", "textarea")


class Seen(HTMLParser):
    """A page's elements in order, and the ids that a label stands around or points to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside_label: list[bool] = []
        self.labels = 0
        self.bare: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert len(named) == len(attrs), f"<{tag}> repeats an attribute: {attrs}"
        self.labels += tag == "label"
        if tag in FIELDS and not self.labels:
            self.bare.append(str(named.get("id")))
        self.elements.append((tag, named))

    def handle_endtag(self, tag: str) -> None:
        self.labels -= tag == "label"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.elements if attribute in attrs]


def rendered(name: str) -> str:
    return environment().get_template(samples.PAGES[name][0]).render(samples.context(name))


@pytest.fixture(params=samples.PAGES)
def page(request: pytest.FixtureRequest) -> Seen:
    return Seen(rendered(request.param))


def test_every_template_has_a_sample() -> None:
    pages = {name for name in environment().list_templates() if not name.startswith(("layout", "mail/"))}
    pages = {name for name in pages if not name.rpartition("/")[2].startswith("_")}
    assert pages == {template for template, _, _ in samples.PAGES.values()}


def test_a_page_has_one_heading_of_the_first_rank_and_one_main(page: Seen) -> None:
    assert (len(page.all("h1")), len(page.all("main"))) == (1, 1)


def test_a_page_carries_no_inline_style_or_script(page: Seen) -> None:
    assert not page.all("style")
    assert all("src" in script for script in page.all("script"))
    assert [name for _, attrs in page.elements for name in attrs if name == "style" or name.startswith("on")] == []


def test_ids_are_unique(page: Seen) -> None:
    assert [name for name, times in Counter(page.values("id")).items() if times > 1] == []


def test_every_field_has_a_label(page: Seen) -> None:
    labelled = {attrs.get("for") for attrs in page.all("label")}
    hidden = {
        str(attrs.get("id"))
        for tag in FIELDS
        for attrs in page.all(tag)
        if attrs.get("type") == "hidden" or "hidden" in attrs
    }
    assert [name for name in page.bare if name not in labelled | hidden] == []


def test_what_is_referred_to_is_there(page: Seen) -> None:
    ids = set(page.values("id"))
    named = [
        word
        for name in ("aria-describedby", "aria-labelledby", "for", "list")
        for v in page.values(name)
        for word in v.split()
    ]
    named += [href[1:] for href in page.values("href") if href.startswith("#")]
    named += [target[1:] for target in page.values("hx-target")]
    assert [name for name in named if name not in ids] == []


def test_a_table_says_what_it_holds_and_which_way_its_headings_go(page: Seen) -> None:
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in attrs for attrs in page.all("th"))


def test_changes_are_sent_by_forms_never_by_links(page: Seen) -> None:
    assert all("_method" not in href for href in page.values("href"))


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("teams-index", "team_rows"),
        ("databases-index", "database_rows"),
        ("databases-show-creating", "database_status"),
        ("statistics-database", "database_figures"),
        ("statistics-database", "figures"),
        ("statistics-server", "figures"),
        ("queries-index", "query_rows"),
        ("slow-runs", "run_rows"),
        ("backends-index", "backend_rows"),
        ("roles-index", "role_rows"),
        ("roles-password", "role_password"),
    ],
)
def test_a_block_stands_alone_in_the_element_of_its_name(name: str, block: str) -> None:
    view = environment().get_template(samples.PAGES[name][0])
    alone = Seen("".join(view.blocks[block](view.new_context(samples.context(name)))))
    assert alone.elements[0][1]["id"] == block.replace("_", "-")


def test_a_status_asks_again_only_while_there_is_work() -> None:
    assert 'hx-trigger="every 2s"' in rendered("databases-show-creating")
    assert 'hx-trigger="every 2s"' not in rendered("databases-show")


def test_what_one_may_not_do_is_not_offered() -> None:
    text = rendered("teams-show-viewer")
    assert "Disband" not in text
    assert "/databases/new" not in text


def test_a_form_keeps_what_was_entered_and_links_to_what_is_wrong() -> None:
    text = rendered("roles-new-wrong")
    assert 'value="Trail Reader"' in text
    assert 'href="#connection_limit"' in text
    assert 'aria-describedby="name-error name-hint"' in text
    assert 'value="readonly" checked' in text


def test_a_password_field_never_holds_what_was_entered() -> None:
    entries = samples.Entries({"password": "hunter2"}, {"password": "Use 12 or more characters."})
    form = environment().from_string('{{ forms.field(entries, "password", "Password", type="password") }}')
    assert "hunter2" not in form.render(entries=entries)


def test_a_reveal_page_shows_dots_until_it_is_opened() -> None:
    page = Seen(rendered("roles-password"))
    assert all("open" not in attrs for attrs in page.all("details"))


def test_what_people_typed_is_text_not_markup() -> None:
    given = samples.context("databases-show")
    given["database"] = samples.database(description="<script>alert(1)</script>")
    text = environment().get_template("databases/show.html").render(given)
    assert "<script>alert" not in text


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ databse }}").render()


def test_a_pager_keeps_the_search() -> None:
    asked: Any = samples.request("/databases", q="a b", team="", page="1")
    assert address(asked, page=2) == "/databases?q=a+b&page=2"


def test_attributes_are_escaped_and_bare_where_true() -> None:
    said = attributes({"aria_label": '"<', "autofocus": True, "min": 0, "list": None, "max": False})
    assert said == ' aria-label="&#34;&lt;" autofocus min="0"'


def test_a_static_file_has_a_new_address_when_it_changes() -> None:
    assert asset("css/base.css").startswith("/static/css/base.css?v=")
