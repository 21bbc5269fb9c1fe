"""The commands for people without Terraform, against one served Jellystone; as processes where that matters."""

import json
import os
import re
import resource
import select
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

from jellystone.cli import main
from jellystone.client import Jellystone
from jellystone.services import codes
from tests.client.answering import answering, no
from tests.client.world import EMAIL, PASSWORD, World, opened_world
from tests.clusters import Cluster
from tests.serving import CODE, environment, free_port

DOCUMENT = Path(__file__).parents[2] / "docs/client.md"
CTRL_C = "\x03"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened_world() as world, Jellystone(world.url, world.team_token) as client:
        client.databases.create("orders", owner_role=True)
        client.roles.create("main/orders", "orders_app")
        yield world


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def variables(home: Path, **more: str) -> dict[str, str]:
    without = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    return environment(XDG_CONFIG_HOME=str(home)) | without | more


def ran(world: World, *arguments: str, token: str | None = None, stdin: str = "") -> click.testing.Result:
    """In this process: what it says and how it ends are the same, and it starts at once."""
    given = {"JELLYSTONE_URL": world.url, "JELLYSTONE_TOKEN": token or world.team_token}
    result = click.testing.CliRunner(env=given).invoke(main, [*arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(world: World, *arguments: str, **options: Any) -> Any:
    """What a command says to a program."""
    result = ran(world, *arguments, "--json", **options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def process(home: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CODE, *arguments]
    return subprocess.run(
        command, env=variables(home, **more), input=stdin, capture_output=True, text=True, timeout=60, cwd=home
    )


def with_token(world: World) -> dict[str, str]:
    return {"JELLYSTONE_URL": world.url, "JELLYSTONE_TOKEN": world.team_token}


def test_a_database_with_roles_is_made_changed_and_deleted(world: World) -> None:
    made = ran(world, "databases", "create", "shop", "--team", "rangers", "--owner-role", "--connection-limit", "7")
    assert re.search(r"^id +main/shop$", made.stdout, re.MULTILINE)
    assert re.search(r"^owner uri +postgresql://shop:\w{32}@", made.stdout, re.MULTILINE)
    changed = told(world, "databases", "update", "main/shop", "--connection-limit", "none", "--unprotected")
    assert (changed["connection_limit"], changed["protected"]) == (None, False)
    role = told(world, "roles", "create", "shop_app", "--database", "main/shop", "--valid-until", "2099-01-31")
    assert (role["access"], role["valid_until"]) == ("readwrite", "2099-01-31T00:00:00Z")
    assert told(world, "roles", "update", "main/shop/shop_app", "--valid-until", "none")["valid_until"] is None
    listed = ran(world, "roles", "list", "main/shop").stdout.splitlines()
    assert [line.split()[:2] for line in listed] == [
        ["role", "access"],
        ["main/shop/shop", "owner"],
        ["main/shop/shop_app", "readwrite"],
    ]
    assert ran(world, "roles", "delete", "main/shop/shop_app", "--yes").exit_code == 0
    assert "Nothing was done" in ran(world, "databases", "delete", "main/shop").stderr
    assert told(world, "databases", "show", "main/shop")["roles"] == 1
    assert ran(world, "databases", "delete", "main/shop", "--yes").exit_code == 0
    assert ran(world, "databases", "show", "main/shop").exit_code == 3


def test_a_password_is_revealed_changed_and_taken_from_standard_input(world: World) -> None:
    at = "main/orders/orders_app"
    before = ran(world, "roles", "password", at, "--format", "password").stdout.strip()
    assert f":{before}@" in ran(world, "roles", "password", at, "--format", "uri").stdout
    assert told(world, "roles", "password", at, "--change")["password"] != before
    own = told(world, "roles", "password", at, "--change", "--password-stdin", stdin="jelly st:one's\n")
    assert own["password"] == "jelly st:one's"
    assert ran(world, "roles", "password", at, "--end-sessions").exit_code == 2


def test_teams_members_and_tokens_are_looked_after(world: World) -> None:
    mine: dict[str, Any] = {"token": world.personal_token}
    assert told(world, "teams", "create", "Picnic", **mine)["token"].startswith("jst_")
    assert [team["slug"] for team in told(world, "teams", "list", **mine)] == ["picnic", "rangers"]
    link = told(world, "teams", "members", "invite", "picnic", "booboo@park.example", "--rank", "viewer", **mine)
    assert link[0]["link"].startswith(world.url)
    assert told(world, "teams", "members", "list", "picnic", **mine)[0]["email"] == EMAIL
    token = told(world, "teams", "tokens", "create", "picnic", "ci", "--scope", "read", "--scope", "write", **mine)
    assert token["scopes"] == ["read", "write"]
    assert ran(world, "teams", "tokens", "revoke", "picnic", token["id"], "--yes", **mine).exit_code == 0
    assert ran(world, "teams", "rename", "picnic", "Pic-a-nic", **mine).exit_code == 0
    assert ran(world, "teams", "delete", "picnic", "--yes", **mine).exit_code == 0


def test_how_it_went_is_told_by_the_exit_code_and_on_standard_error(world: World) -> None:
    with Jellystone(world.url, world.team_token) as client:
        reader = client.team_tokens.create("rangers", "reader", scopes=["read"]).token
    wrong: list[tuple[int, str, list[str], str]] = [
        (1, "The name orders is taken on main.", ["databases", "create", "orders"], world.team_token),
        (2, "name: Use small letters", ["databases", "create", "Orders!"], world.team_token),
        (2, "write it like main/orders", ["databases", "show", "orders"], world.team_token),
        (2, "Say what to change", ["databases", "update", "main/orders"], world.team_token),
        (2, "'first' is not a valid UUID", ["teams", "tokens", "revoke", "rangers", "first", "-y"], world.team_token),
        (3, "main/nowhere", ["databases", "show", "main/nowhere"], world.team_token),
        (4, "lacks the scope 'write'", ["databases", "create", "forbidden"], reader),
        (4, "lacks the scope 'secrets'", ["psql", "main/orders", "--", "-c", "select 1"], reader),
        (4, "jellystone login", ["databases", "list"], "jst_wrong"),
    ]
    for code, words, arguments, token in wrong:
        ended = ran(world, *arguments, token=token)
        assert (ended.exit_code, words in ended.stderr, ended.stdout) == (code, True, ""), ended.output
        assert "Traceback" not in ended.output
        assert token not in ended.output


def test_what_is_wrong_is_said_once_and_under_a_name_that_was_typed(world: World) -> None:
    last = ran(world, "teams", "members", "rank", "rangers", EMAIL, "member", token=world.personal_token)
    assert (last.exit_code, last.stderr) == (1, "A team needs an owner. Make somebody else one first.\n")
    wrong = ran(world, "login", world.url, "--email", EMAIL, stdin="pic-a-nic\n")
    assert (wrong.exit_code, wrong.stderr) == (2, "This e-mail and password do not belong together.\n")
    name = ran(world, "databases", "create", "Orders!")
    assert name.stderr == "name: Use small letters, digits and underscores, a letter first; at most 50 characters.\n"


def test_what_does_not_answer_is_told_without_a_traceback(home: Path) -> None:
    url = f"http://localhost:{free_port()}"
    with answering(no(503, detail="The server main does not answer.", Retry_After="30")) as busy:
        ended = process(home, "teams", "list", JELLYSTONE_URL=busy.url, JELLYSTONE_TOKEN="jst_x")
    assert (ended.returncode, ended.stdout) == (5, "")
    assert ended.stderr.startswith("The server main does not answer.\n")
    none = process(home, "teams", "list", JELLYSTONE_URL=url)
    assert (none.returncode, none.stderr) == (4, f"You are not logged in to {url}. Run `jellystone login {url}`.\n")
    assert process(home, "teams", "list").returncode == 4


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_opens_with_a_revealed_role_and_its_password_is_on_no_command_line(world: World, home: Path) -> None:
    given = with_token(world) | {"PGSERVICE": "elsewhere", "PGPASSFILE": "/nowhere"}
    asked = process(home, "psql", "main/orders", "--", "-XAtc", "select 6 * 7, session_user", **given)
    assert (asked.returncode, asked.stdout) == (0, "42|orders\n"), asked.stderr
    assert asked.stderr == "As orders (owner). With --role also: orders_app (readwrite).\n"
    reader = process(home, "psql", "main/orders", "--access", "readonly", **given)
    assert (reader.returncode, "--access readonly` makes one" in reader.stderr) == (3, True)
    command = [sys.executable, "-c", CODE, "psql", "main/orders", "--role", "orders_app", "--", "-Xq"]
    pipe = subprocess.PIPE
    with Jellystone(world.url, world.team_token) as client:
        password = client.roles.reveal("main/orders/orders_app").password
    with subprocess.Popen(command, env=variables(home, **given), stdin=pipe, stdout=pipe, text=True) as open_:
        assert open_.stdin is not None
        assert open_.stdout is not None
        open_.stdin.write("\\t\\a\nselect session_user;\n")
        open_.stdin.flush()
        assert open_.stdout.readline() == "orders_app\n"
        running = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
        assert "psql -Xq" in running
        assert password not in running
        assert os.environ.get("JELLYSTONE_TOKEN") is None
        assert world.team_token.encode() not in Path(f"/proc/{open_.pid}/environ").read_bytes()
        open_.stdin.close()
    assert [file for file in home.rglob("*") if file.is_file() and password in file.read_text()] == []


def typed(home: Path, *arguments: str, answers: dict[str, str], **more: str) -> tuple[int, str]:
    """A command at a terminal of its own; whenever it has asked one of the questions it gets the answer.

    Ctrl+C is pressed again while nothing happens: readline does not see it in the moment before it waits.
    """
    child, terminal = os.forkpty()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # as every shell does, and who runs us in the background did not
        os.execve(sys.executable, [sys.executable, "-c", CODE, *arguments], variables(home, **more))
    said, waiting, until, interrupting = "", dict(answers), time.monotonic() + 30, False
    while True:
        if not select.select([terminal], [], [], 0.5)[0]:
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
            if interrupting:
                os.write(terminal, CTRL_C.encode())
            continue
        try:
            said += os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            break
        for question in [question for question in waiting if question in said]:
            interrupting = waiting[question] == CTRL_C
            os.write(terminal, waiting.pop(question).encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def test_a_person_logs_in_with_password_and_code_and_out_again(world: World, home: Path) -> None:
    with Jellystone(world.url, "") as person:
        person.sessions.create(email=EMAIL, password=PASSWORD)
        secret = b32decode(person.request("POST", "/account/two-factor")["secret"].replace(" ", ""))
        code = codes._totp(secret).generate(int(time.time())).decode()
        recovery = person.request("PUT", "/account/two-factor", body={"code": code})["codes"]
    questions = {"Token": "\n", "E-mail": f"{EMAIL}\n", "Password": f"{PASSWORD}\n", "Code": f"{recovery[0]}\n"}
    code_, said = typed(home, "login", world.url, "--days", "1", answers=questions)
    assert (code_, f"You are logged in to {world.url}" in said) == (0, True), said
    assert PASSWORD not in said
    (kept,) = home.rglob("logins.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    token = json.loads(kept.read_text())["logins"][world.url]["token"]
    assert token not in said
    assert process(home, "teams", "list").stdout.splitlines()[1].split()[0] == "rangers"
    with Jellystone(world.url, token) as client:
        issued = {found.prefix: found for found in client.personal_tokens.list()}
        mine = next(found for prefix, found in issued.items() if token.startswith(prefix))
        assert "@" in mine.name
        assert mine.expires_at is not None
    kept.chmod(0o644)
    assert "chmod 600" in process(home, "teams", "list").stderr
    kept.chmod(0o600)
    assert "is revoked" in process(home, "logout").stderr
    assert token not in kept.read_text()
    assert process(home, "teams", "list").returncode == 4
    assert ran(world, "teams", "list", token=token).exit_code == 4


def test_a_program_logs_in_with_a_token_and_each_address_keeps_its_own(world: World, home: Path) -> None:
    wrong = process(home, "login", world.url, stdin="jst_wrong\n")
    assert (wrong.returncode, list(home.rglob("logins.json"))) == (4, [])
    assert process(home, "login", world.url, stdin=f"{world.team_token}\n").returncode == 0
    assert json.loads(process(home, "databases", "list", "--json").stdout)[0]["id"] == "main/orders"
    with answering((200, {}, {"items": [], "total": 0})) as other:
        process(home, "teams", "list", JELLYSTONE_URL=other.url)
        assert other.asked == []
        process(home, "teams", "list", JELLYSTONE_URL=other.url, JELLYSTONE_TOKEN="jst_other")
        assert [asked.headers["authorization"] for asked in other.asked] == ["Bearer jst_other"]
    out = process(home, "logout")
    assert "forgotten" in out.stderr
    assert ran(world, "teams", "list").exit_code == 0


def test_a_keyring_keeps_the_token_where_there_is_one(world: World, home: Path) -> None:
    ring = {"PYTHON_KEYRING_BACKEND": "tests.cli.ring.Ring", "PYTHONPATH": str(Path(__file__).parents[2])}
    ring["RING_FILE"] = str(home / "ring.json")
    logged_in = process(home, "login", world.url, stdin=f"{world.team_token}\n", **ring)
    assert "The token is in the keyring." in logged_in.stderr
    assert world.team_token not in next(home.rglob("logins.json")).read_text()
    assert json.loads((home / "ring.json").read_text()) == {f"jellystone {world.url}": world.team_token}
    assert json.loads(process(home, "teams", "list", "--json", **ring).stdout)[0]["slug"] == "rangers"
    assert process(home, "logout", **ring).returncode == 0
    assert json.loads((home / "ring.json").read_text()) == {}


def test_who_is_asked_may_say_no_and_ctrl_c_ends_quietly(world: World, home: Path) -> None:
    code, said = typed(home, "databases", "delete", "main/orders", answers={"[y/N]": "n\n"}, **with_token(world))
    assert (code, "Nothing was done." in said) == (1, True)
    code, said = typed(home, "databases", "delete", "main/orders", answers={"[y/N]": CTRL_C}, **with_token(world))
    assert code == 130
    assert "Traceback" not in said
    assert "Abort" not in said


def test_a_table_fits_the_terminal_and_is_whole_where_there_is_none(world: World, home: Path) -> None:
    long = "Orders of the web shop, as told by the bears of the park " * 5
    ran(world, "databases", "update", "main/orders", "--description", long.strip())
    _, said = typed(home, "databases", "list", answers={}, COLUMNS="70", **with_token(world))
    assert max(len(line) for line in said.splitlines()) == 70
    assert "…" in said
    whole = process(home, "databases", "list", **with_token(world)).stdout
    assert long.strip() in whole
    assert "\x1b" not in said + whole


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_names(world: World, home: Path, shell: str) -> None:
    assert "_JELLYSTONE_COMPLETE" in process(home, "completion", shell).stdout
    if shell == "bash":
        words = {"COMP_WORDS": "jellystone roles list main/o", "COMP_CWORD": "3"}
        script = "from jellystone.cli import main; main(prog_name='jellystone')"
        variable = variables(home, _JELLYSTONE_COMPLETE="bash_complete", **words, **with_token(world))
        done = subprocess.run([sys.executable, "-c", script], env=variable, capture_output=True, text=True)
        assert done.stdout == "plain,main/orders\n"


def test_the_documents_commands_work(world: World) -> None:
    lines = re.findall(r"^jellystone (.+)$", DOCUMENT.read_text(), re.MULTILINE)
    commands = [line for line in lines if not line.startswith(("login", "psql", "completion"))]
    assert len(commands) >= 19
    with Jellystone(world.url, world.team_token) as client:
        client.databases.update("main/orders", protected=False)
        client.databases.delete("main/orders")
    for line in commands:
        ended = ran(world, *shlex.split(line, comments=True), token=world.personal_token)
        assert ended.exit_code == 0, f"{line}: {ended.output}"


def test_a_server_is_registered_changed_and_removed_and_its_password_is_no_argument(world: World) -> None:
    mine: dict[str, Any] = {"token": world.personal_token}
    with Cluster(18) as cluster:
        cluster.psql("CREATE ROLE jadmin LOGIN CREATEDB CREATEROLE PASSWORD 'honey & baskets'")
        url = f"postgresql://jadmin@127.0.0.1:{cluster.port}/postgres"
        refused = ran(world, "servers", "add", "west", url.replace("@", ":hush-hush@"), **mine)
        assert (refused.exit_code, "Leave the password out" in refused.output) == (2, True)
        assert "hush-hush" not in refused.output
        add = ("servers", "add", "west", url, "--password-stdin")
        assert "password: " in ran(world, *add, stdin="wrong\n", **mine).stderr
        made = told(world, *add, "--public-host", "west.park.example", stdin="honey & baskets\n", **mine)
        assert (made["id"], made["host"], made["version"][:3]) == ("west", "west.park.example", "18.")
        listed = ran(world, "servers", "list").stdout.splitlines()
        assert [line.split()[:2] for line in listed[1:]] == [["main", "ready"], ["west", "ready"]]
        changed = told(world, "servers", "update", "west", "--public-host", "none", "--public-port", "6432", **mine)
        assert (changed["host"], changed["port"]) == ("127.0.0.1", 6432)
        assert ran(world, "servers", "update", "west", **mine).exit_code == 2
        assert ran(world, "servers", "update", "west", "--password-stdin", stdin="wrong\n", **mine).exit_code == 2
        with Jellystone(world.url, world.personal_token) as client:
            assert client.servers.put("west", f"{url}?sslmode=prefer").port == cluster.port
        assert ran(world, "servers", "remove", "west", "--yes").exit_code == 4, "a team's token is no operator"
        assert ran(world, "servers", "remove", "west", "--yes", **mine).exit_code == 0
        assert ran(world, "servers", "show", "west").exit_code == 3
        assert "JELLYSTONE_SERVER_URL" in ran(world, "servers", "remove", "main", "--yes", **mine).stderr


def test_help_is_there_at_once(home: Path) -> None:
    def busy() -> float:
        """Seconds of processor time, which does not depend on what else runs here."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process(home, "--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(busy() for _ in range(3)) < 0.3
    code = "import sys; from jellystone.cli import main\ntry: main(['roles', '--help'])\nexcept SystemExit: pass\n"
    heavy = "print(sorted({'httpx', 'msgspec', 'litestar', 'piccolo', 'asyncpg', 'uvicorn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")
