"""`terraform apply` for 50 databases with 100 roles, and the same statements sent by asyncpg.

Terraform asks for ten things at once, and Jellystone works on four of one server at a time: so does the baseline. Ten
at once are slower there (`CREATE DATABASE` copies files), and run into the time limit of a statement.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from bench.client import Client
from bench.measuring import compared, table
from bench.recording import Replay, Statement, drop, recorded
from bench.world import World, world
from tests.terraform.workplace import TERRAFORM, Workplace

OURS, RAW, NOTHING = "terraform apply", "the same SQL by asyncpg", "terraform apply with nothing to do"
DATABASES, AT_ONCE = 50, 4
EXAMPLE = Path(__file__).parents[1] / "docs/examples/terraform/many/main.tf"
NUMBERS = count()


async def run(times: int, given: argparse.Namespace) -> None:
    if TERRAFORM is None:
        sys.exit("terraform is not on this machine: put its program on the PATH.")
    found: dict[str, list[float]] = {OURS: [], NOTHING: [], RAW: []}
    with tempfile.TemporaryDirectory() as folder:
        async with world() as park, park.client() as client:
            statements = await recorded(park.cluster, lambda name: _create(client, name))
            place = _place(Path(folder), park)
            for _ in range(times):
                await _round(park, place, statements, found)
    print(f"{DATABASES} databases, {2 * DATABASES} roles, {len(statements) * DATABASES} statements.\n")
    print(compared(found, {OURS: RAW}))


async def _round(park: World, place: Workplace, statements: list[Statement], found: dict[str, list[float]]) -> None:
    names = [f"bench{next(NUMBERS)}" for _ in range(DATABASES)]
    before = len(park.log.read_text().splitlines())
    found[OURS].append(await _applied(place, names))
    print(_calls(park.log.read_text().splitlines()[before:]), "\n")
    found[NOTHING].append(await _applied(place, names))
    await _applied(place, [])
    names = [f"bench{next(NUMBERS)}" for _ in range(DATABASES)]
    replays = [await Replay.of(park.cluster, statements) for _ in range(AT_ONCE)]
    began = time.perf_counter()
    opened = await asyncio.gather(*(_sent(replay, names[at::AT_ONCE]) for at, replay in enumerate(replays)))
    found[RAW].append((time.perf_counter() - began) * 1000)
    assert sum(opened) > 0
    for name in names:
        await drop(replays[0].admin, name)
    for replay in replays:
        await replay.admin.end()


async def _applied(place: Workplace, names: list[str]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    ran = await asyncio.to_thread(
        place.run, "apply", "-auto-approve", "-no-color", "-var=protected=false", _variable(names)
    )
    if ran.code:
        raise RuntimeError(ran.out[-3000:])
    return (time.perf_counter() - began) * 1000


async def _sent(replay: Replay, names: list[str]) -> int:
    """How many connections into new databases it took."""
    opened = 0
    for name in names:
        for connection in await replay.send(name):
            opened += 1
            await connection.end()
    return opened


def _place(folder: Path, park: World) -> Workplace:
    place = Workplace(folder / "terraform", park.url, park.token)
    place.install()
    configuration = EXAMPLE.read_text().replace("name        = each.key", 'name        = each.key\n  team = "rangers"')
    place.write(configuration, head="")
    place.init()
    return place


def _variable(names: list[str]) -> str:
    return f"-var=databases={json.dumps(dict.fromkeys(names, 'A bench'))}"


def _calls(lines: list[str]) -> str:
    """The requests of an apply, by method and answer, with the time that Jellystone took for them."""
    counted: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for line in lines:
        if '"method"' not in line:
            continue
        request = json.loads(line[line.index("{") :])
        path = re.sub(r"bench\d+\w*", "…", request["path"])
        kind = f"{request['method']} {path} {request['status']}"
        counted[kind] += 1
        spent[kind] += request["ms"]
    rows = [[kind, str(number), f"{spent[kind] / number:.0f}"] for kind, number in counted.most_common(12)]
    return table(["requests of an apply", "how many", "ms each"], rows)


async def _create(client: Client, name: str) -> None:
    """What the example makes of one name."""
    await client.send("POST", "/databases", {"name": name, "team": "rangers", "protected": False}, expect=201)
    for suffix, access in (("app", "readwrite"), ("reading", "readonly")):
        wanted = {"name": f"{name}_{suffix}", "access": access}
        await client.send("POST", f"/databases/main/{name}/roles", wanted, expect=201)
