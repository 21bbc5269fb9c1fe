"""The benches run: what they measure is for people to look at, and never a reason to fail."""

import subprocess
import sys

import pytest

from jellystone.paths import PACKAGE

ROOT = PACKAGE.parent
TABLES = {
    "create": ("through the JSON API", "the same SQL by asyncpg", "2 at once"),
    "list": ("JSON", "bare JSON, no database", "page", "bare page"),
    "sign-in": ("quiet", "while 4 sign in"),
    "collect": ("overview", "the overview query by asyncpg", "sizes", "rows of figures"),
    "store": ("a look, nobody anywhere", "a look, all in use", "a day of these to one step", "ten_minutes"),
}
ROWS = {"collect": "4"}  # each is a database


def bench(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_benches_say_what_they_measure() -> None:
    assert "python -m bench create|list|sign-in" in bench("--help")


@pytest.mark.parametrize("name", TABLES)
def test_a_tiny_run_gives_a_table(name: str) -> None:
    said = bench(name, "--times", "2", "--rows", ROWS.get(name, "60"), "--at-once", "2")
    lines = [line.partition("  ")[0].strip() for line in said.splitlines()]
    assert set(TABLES[name]) <= set(lines), said
