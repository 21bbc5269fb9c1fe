"""The commands that look at how databases are doing, against one served Jellystone."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from jellystone.cli import main
from jellystone.cli.showing import ago, aligned, spelled
from jellystone.client import Jellystone
from jellystone.facts.lists import Listing
from tests.cli.test_commands import ran, told, typed, variables, with_token
from tests.client.answering import answering
from tests.client.world import EMAIL, World, opened_world
from tests.web import advised, watched


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened_world() as world, Jellystone(world.url, world.team_token) as client:
        client.databases.create("orders", owner_role=True)
        yield world


@pytest.mark.anyio
async def test_who_is_connected_is_listed_cancelled_and_ended(world: World) -> None:
    with Jellystone(world.url, world.team_token) as client:
        uri = client.roles.reveal("main/orders/orders").uri
    assert "Nobody is connected" in ran(world, "connections", "main/orders").stderr
    one = await asyncpg.connect(uri, timeout=30, server_settings={"application_name": "bear"})
    try:
        (found,) = told(world, "connections", "main/orders", "--q", "bear")
        assert found["pid"] == one.get_server_pid()
        heading, line = ran(world, "connections", "list", "main/orders").stdout.splitlines()
        assert heading.split()[:4] == ["connection", "role", "client", "application"]
        assert line.split()[0] == found["id"]
        assert "bear" in ran(world, "connections", "show", "main/orders", found["id"]).stdout
        assert ran(world, "connections", "cancel", "main/orders", found["id"]).exit_code == 0
        unasked = ran(world, "connections", "end", "main/orders", found["id"])
        assert (unasked.exit_code, "Say --yes" in unasked.stderr) == (2, True)
        assert ran(world, "connections", "end", "main/orders").exit_code == 2
        assert ran(world, "connections", "end", "main/orders", found["id"], "--idle", "--yes").exit_code == 2
        assert ran(world, "connections", "end", "main/orders", found["id"], "--yes").exit_code == 0
        assert ran(world, "connections", "end", "main/orders", found["id"], "--yes").exit_code == 3
        assert ran(world, "connections", "end", "main/orders", "--idle", "--yes").stderr == "They are ended.\n"
    finally:
        one.terminate()


def given(answer: Any, *arguments: str) -> Result:
    """What is told of this answer, for what takes days to come about."""
    with answering((200, {}, answer)) as server:
        variables = {"JELLYSTONE_URL": server.url, "JELLYSTONE_TOKEN": "jst_x"}
        ended = CliRunner(env=variables).invoke(main, [*arguments])
    assert ended.exit_code == 0, ended.output
    return ended


def test_what_is_not_known_is_a_dash_and_what_cannot_be_seen_is_said(world: World) -> None:
    listed = given(watched.queries(watched.ONE, watched.BARE), "queries", "main/trail_log").stdout.splitlines()
    assert listed[1].split()[:6] == ["-811", "120,311", "1.4", "min", "0.7", "ms"]
    assert listed[2].split() == ["-811", "120,311", "1.4", "min", "-", "-", "4", "-"]
    assert watched.CANNOT in given(watched.queries(problem=watched.CANNOT), "queries", "main/trail_log").stderr
    shown = given(watched.history(text="SELECT 1\n  FROM bears"), "queries", "show", "main/trail_log", "-811").stdout
    assert shown.endswith("\n\nSELECT 1\n  FROM bears\n")
    assert "roles          trail_log_owner, trail_log_app\n" in shown
    slow = given(watched.runs(watched.RUN, watched.STRANGE), "queries", "slow", "main/trail_log").stdout
    assert "42.1 s" in slow
    found = watched.backends(watched.backend(), watched.UNSEEN, problem="We lack a right.")
    seen = given(found, "connections", "main/trail_log")
    assert (seen.stdout.splitlines()[2].split()[2:], seen.stderr) == (["-"] * 6, "We lack a right.\n")


def test_what_to_do_comes_with_the_statements_that_help(world: World) -> None:
    found = advised.of_database()
    said = given(Listing(items=found, total=len(found)), "advice", "main/trail_log").stdout
    assert re.match(r"act  main/trail_log: Others may enter this database \(open-doors, for \d+ min\)\n", said)
    assert '\n    REVOKE CONNECT ON DATABASE "trail_log" FROM PUBLIC;\n' in said
    assert "unknown  long-query" in said


def test_queries_and_slow_runs_are_listed_and_one_is_shown_as_it_was_written(world: World) -> None:
    nothing = ran(world, "queries", "main/orders", "--span", "hour", "--q", "no such text")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert nothing.stderr.startswith("No query of the last hour is known.\n")
    assert told(world, "queries", "main/orders", "--q", "no such text") == []
    assert ran(world, "queries", "slow", "main/orders").stderr == "None within the last day.\n"
    missing = ran(world, "queries", "show", "main/orders", "-12")
    assert (missing.exit_code, "no query -12 here" in missing.stderr) == (3, True), missing.output


def test_figures_are_for_people_and_in_bytes_for_programs(world: World) -> None:
    now = told(world, "statistics", "main/orders")
    assert now["span"] == "day"
    assert len(now["points"]) > 50
    shown = ran(world, "statistics", "main/orders", "--span", "hour")
    assert shown.exit_code == 0
    assert "accuracy seconds" in shown.stdout
    database = ran(world, "databases", "show", "main/orders").stdout
    assert " UTC\n" in database
    assert "bytes" not in database.replace(" bytes\n", "")


def test_parameters_are_shown_set_and_given_back(world: World) -> None:
    values = ("lock_timeout_ms=5000", "search_path=app,public", "timezone=UTC")
    changed = told(world, "parameters", "set", "main/orders", *values)
    assert (changed["lock_timeout_ms"], changed["search_path"], changed["timezone"]) == (5000, ["app", "public"], "UTC")
    assert told(world, "parameters", "set", "main/orders", "search_path=none")["search_path"] is None
    rows = {line.split()[0]: line.split()[1] for line in ran(world, "parameters", "main/orders").stdout.splitlines()}
    assert (rows["lock_timeout_ms"], rows["search_path"]) == ("5000", "-")
    for wrong, words in {
        "lock_timeout_ms": "is not NAME=VALUE",
        "colour=red": "There is no parameter colour here.",
        "lock_timeout_ms=5s": "lock_timeout_ms: Give milliseconds",
        "timezone=Mars": "timezone: The server does not take this",
    }.items():
        ended = ran(world, "parameters", "set", "main/orders", wrong)
        assert (ended.exit_code, words in ended.stderr) == (2, True), ended.output


def test_advice_says_what_was_seen_and_what_to_do(world: World) -> None:
    every = told(world, "advice", "main/orders")
    assert {"idle-in-transaction", "unused"} <= {one["check"] for one in every}
    listed = ran(world, "advice", "main/orders").stdout
    assert all(one["check"] in listed for one in every)
    unknown = told(world, "advice", "main/orders", "--state", "unknown")
    assert {one["state"] for one in unknown} <= {"unknown"}
    assert ran(world, "advice", "--team", "rangers").exit_code == 0
    assert ran(world, "advice", "main/orders", "--team", "rangers").exit_code == 2
    assert ran(world, "advice", "main/nowhere").exit_code == 3


def test_what_was_done_is_told_of_a_team_an_account_and_everything(world: World) -> None:
    of_team = told(world, "events", "--object", "main/orders", "--action", "created")
    assert {event["object"] for event in of_team} == {"main/orders", "main/orders/orders"}
    assert len(told(world, "events", "--team", "rangers", "-n", "1")) == 1
    mine = told(world, "events", token=world.personal_token)
    assert {event["actor"] for event in mine} == {EMAIL}
    everything = told(world, "events", "--all", "-n", "300", token=world.personal_token)
    assert {event["actor"] for event in everything} > {EMAIL}
    assert ran(world, "events", "--all").exit_code == 4
    wrong = ran(world, "events", "--since", "yesterday")
    assert (wrong.exit_code, wrong.stderr) == (2, "since: Give a day in UTC, such as 2030-01-31; included.\n")


def test_servers_are_listed_and_their_load_is_for_operators(world: World) -> None:
    assert [server["name"] for server in told(world, "servers", "list")] == ["main"]
    assert "version" in ran(world, "servers", "show", "main").stdout
    assert ran(world, "servers", "load", "main").exit_code == 4
    assert "memory could use" in ran(world, "servers", "load", "main", token=world.personal_token).stdout


def test_a_terminal_is_told_what_it_can_show(world: World, tmp_path: Path) -> None:
    """Lines of prose are as wide as it is, and what comes from elsewhere moves no cursor."""
    _, said = typed(tmp_path, "advice", "main/orders", answers={}, COLUMNS="50", **with_token(world))
    assert max(len(line) for line in said.splitlines()) <= 50
    rows = [["connection", "query"], ["9403-1795742784441117", "select " * 20]]
    assert aligned(rows, 40) == [
        "connection             query",
        "9403-1795742784441117  select select se…",
    ], "what one goes on with is whole"
    assert [len(line) for line in aligned(rows, 30)[1:]] == [30]
    assert spelled("two\nlines\x1b[2J") == "two lines�[2J"
    now = datetime.now(UTC)
    past = [ago(now - timedelta(seconds=seconds)) for seconds in (0, 59, 61, 7300, 200_000)]
    assert [text and text.split()[1] for text in past] == ["s", "s", "min", "h", "d"]


def test_shells_complete_a_database_where_the_command_is_left_out(world: World, tmp_path: Path) -> None:
    words = {"COMP_WORDS": "jellystone connections main/o", "COMP_CWORD": "2"}
    script = "from jellystone.cli import main; main(prog_name='jellystone')"
    variable = variables(tmp_path, _JELLYSTONE_COMPLETE="bash_complete", **words, **with_token(world))
    done = subprocess.run([sys.executable, "-c", script], env=variable, capture_output=True, text=True)
    assert done.stdout == "plain,main/orders\n"
