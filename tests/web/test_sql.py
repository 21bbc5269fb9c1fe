"""SQL as pages show it: in lines and colours, and never another text than it was."""

from html import unescape
from re import sub
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jellystone.web.durations import share, took
from jellystone.web.sql import formatted, in_a_line

WORDS = st.sampled_from(
    ["SELECT", "(", ")", "'", '"', "$1", "$$", "--", "/*", "*/", ",", "FROM", "a.b", "<b>", "\n", "é"]
)


def text_of(markup: str) -> str:
    return unescape(sub(r"<[^>]+>", "", markup))


def test_a_statement_is_broken_into_lines_and_its_words_are_coloured() -> None:
    lines = formatted("select a, 'x<y' from jam where id = $1 and b > 5 -- why").splitlines()
    assert len(lines) == 4
    assert lines[0] == ('<span class="sql-keyword">select</span> a, <span class="sql-literal">&#39;x&lt;y&#39;</span>')
    assert '<span class="sql-slot">$1</span>' in lines[2]
    assert '<span class="sql-note">-- why</span>' in lines[3]
    assert "FILTER (<span" in formatted("SELECT count(*) FILTER (WHERE a) FROM t")


@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=200))
def test_whatever_it_is_no_letter_is_lost_or_added_and_nothing_is_markup(text: str) -> None:
    shown = formatted(text)
    assert "".join(text_of(shown).split()) == "".join(text.split())
    assert "<b>" not in shown
    assert "<b>" not in in_a_line(text)


def test_a_row_of_a_table_gets_the_beginning_of_it_on_one_line() -> None:
    line = text_of(in_a_line("SELECT\n   *\nFROM jam WHERE " + "a = 1 AND " * 100))
    assert line.startswith("SELECT * FROM jam WHERE a = 1")
    assert line.endswith(" …")
    assert len(line) <= 240


@pytest.mark.parametrize("piece", ["(", "select (", "case when ", "a,", "'", "begin ", "-- ", "a.b."])
def test_a_long_or_deeply_nested_one_does_not_keep_us_busy(piece: str) -> None:
    began = thread_time()
    formatted(piece * 20_000)
    formatted((piece * 4_000)[:4_000])
    in_a_line(piece * 20_000)
    assert thread_time() - began < 2


def test_times_and_shares_are_said_in_one_unit() -> None:
    said = [took(time) for time in (0, 0.043, 0.9, 7.25, 431, 4210, 204_000, 5 * 3_600_000, 90 * 3_600_000)]
    assert said == ["0 ms", "0.04 ms", "0.9 ms", "7.2 ms", "431 ms", "4.2 s", "3.4 min", "5 h", "3.8 days"]
    assert [share(part) for part in (0, 0.004, 0.42, 1)] == ["0 %", "0.4 %", "42 %", "100 %"]
    assert "unknown" in took(None)
