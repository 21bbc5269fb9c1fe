"""Many at once, and an apply that is cut short: by killing Terraform, and by killing Jellystone."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.terraform.conftest import World
from tests.terraform.test_install import ended
from tests.terraform.test_resources import example
from tests.terraform.workplace import Workplace

Make = Callable[..., Workplace]


def many(prefix: str, count: int) -> dict[str, str]:
    return {f"{prefix}{number}": f"Number {number}" for number in range(count)}


def providers(of: int) -> list[int]:
    """The programs that this Terraform has started."""
    return [int(child) for file in Path(f"/proc/{of}/task").glob("*/children") for child in file.read_text().split()]


def wait_for_databases(world: World, count: int, *, prefix: str) -> None:
    until = time.monotonic() + 60
    query = f"SELECT count(*) FROM pg_database WHERE datname LIKE '{prefix}%'"
    while int(world.managed.psql(query)) < count:
        assert time.monotonic() < until
        time.sleep(0.02)


def is_complete(world: World, place: Workplace, names: dict[str, str]) -> None:
    """Everything is there once, the state knows it all, and its passwords are right."""
    found = [database for database in world.api.databases.list() if database.name.startswith("cut")]
    assert [*map(len, ({one.name for one in found}, found))] == [len(names)] * 2
    assert {one.status for one in found} == {"ready"}
    assert len(place.state) == 3 * len(names)
    for name, role in place.state.items():
        if name.startswith("jellystone_role"):
            assert world.can_connect(role["uri"]), name


def test_fifty_databases_with_a_hundred_roles_in_one_apply_and_then_no_changes(world: World, workplace: Make) -> None:
    place, names = example(workplace(), "many"), many("many", 50)
    place.apply(databases=names, protected=False)
    assert len(place.state) == 150
    assert {found.name for found in world.api.databases.list()} == set(names)
    assert world.can_connect(place.state['jellystone_role.all["many49_app"]']["uri"])
    assert place.plan(databases=names, protected=False).code == 0


def test_an_apply_is_finished_by_the_next_after_terraform_and_then_jellystone_were_killed(
    world: World, workplace: Make
) -> None:
    place, names = example(workplace(), "many"), many("cut", 24)
    configuration = (place.folder / "main.tf").read_text()
    place.write(configuration.replace('"jellystone" {}', '"jellystone" {\n  timeout = 3\n}'), head="")
    place.write(
        f"databases = {{ {', '.join(f'{name} = {words!r}' for name, words in names.items())} }}".replace("'", '"'),
        name="terraform.tfvars",
        head="protected = false\n",
    )
    first = place.start("apply", "-auto-approve")
    wait_for_databases(world, 3, prefix="cut")
    started = providers(first.pid)
    assert started
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert all(ended(pid, seconds=15) for pid in started)
    made = int(world.managed.psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'cut%'"))
    known = [name for name in place.state if name.startswith("jellystone_database")]  # it writes some every 20 s
    assert len(known) <= made < len(names), "it was killed half way"

    second = place.start("apply", "-auto-approve")
    wait_for_databases(world, made + 2, prefix="cut")
    world.serving.kill()
    assert second.wait(120) == 1, place.said
    assert "cannot be reached" in place.said
    world.start()
    world.own.psql("UPDATE idempotency_keys SET running_until = now()", "jellystone")  # as half a minute does
    place.apply()
    is_complete(world, place, names)
    assert place.plan().code == 0


def test_interrupting_waits_for_what_is_under_way_and_keeps_it_in_the_state(world: World, workplace: Make) -> None:
    """As Ctrl-C does: the signal goes to Terraform and to the provider alike."""
    place, names = example(workplace(), "many"), many("stop", 40)
    words = ", ".join(f'{name} = "{description}"' for name, description in names.items())
    place.write(f"databases = {{ {words} }}", name="terraform.tfvars", head="")
    apply = place.start("apply", "-auto-approve")
    wait_for_databases(world, 4, prefix="stop")
    os.killpg(apply.pid, signal.SIGINT)
    assert apply.wait(60) == 1, place.said
    made = {database.id for database in world.api.databases.list() if database.name.startswith("stop")}
    known = {value["id"] for name, value in place.state.items() if name.startswith("jellystone_database")}
    assert known == made
    assert 0 < len(made) < len(names), "it was stopped half way"
