"""`jellystone terraform install`, and what `terraform init` makes of it: no registry and no network is asked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jellystone.terraform import mirror
from tests.serving import environment
from tests.terraform.workplace import TERRAFORM, TOFU, Workplace

PROVIDER = 'resource jellystone_team rangers { name = "Rangers" }\n'


def locked(workplace: Workplace) -> str:
    text = (workplace.folder / ".terraform.lock.hcl").read_text()
    [found] = re.findall(r'"(h1:[^"]+)"', text)
    return str(found)


@pytest.mark.parametrize("program", [TERRAFORM, TOFU], ids=["terraform", "tofu"])
def test_init_finds_it_where_it_looks_by_itself_and_locks_the_same_hash_everywhere(
    program: str | None, terraform: str, tmp_path: Path
) -> None:
    if program is None:
        pytest.skip("tofu is not on this machine")
    hashes = set()
    for name in ("one", "another"):
        place = Workplace(tmp_path / name, "http://localhost:1", "", program=program)
        said = place.install()
        assert f'source  = "{mirror.SOURCE}"' in said
        assert "terraform init (or: tofu init)" in said
        place.write(PROVIDER)
        assert "Installed jellystone.local/jellystone/jellystone v" in place.init().out
        hashes.add(locked(place))
        assert place.must("validate").code == 0
    assert len(hashes) == 1


def test_init_finds_it_in_a_folder_that_is_named(terraform: str, tmp_path: Path) -> None:
    place, folder = Workplace(tmp_path / "one", "http://localhost:1", ""), tmp_path / "plugins"
    for _ in range(2):  # again is as good as once
        assert f"terraform init -plugin-dir={folder}" in place.install("--plugin-dir", str(folder))
    place.write(PROVIDER)
    place.init(f"-plugin-dir={folder}")
    assert locked(place)
    assert not (place.home / ".terraform.d/plugins").exists()


def test_the_program_started_by_hand_says_what_it_is_for() -> None:
    command = [sys.executable, "-m", "jellystone.terraform.program"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment(TF_PLUGIN_MAGIC_COOKIE=""))
    assert ran.returncode == 1
    assert "jellystone terraform install" in ran.stderr
    told = subprocess.run([*command, "--version"], capture_output=True, text=True, env=environment())
    assert told.stdout.startswith("terraform-provider-jellystone ")


def test_it_ends_when_terraform_is_gone() -> None:
    """A killed Terraform tells nobody that it is gone."""
    code = (
        "import subprocess, sys;"
        " p = subprocess.Popen([sys.executable, '-m', 'jellystone.terraform.program'], stdout=subprocess.PIPE);"
        " print(p.pid, p.stdout.readline(), flush=True)"
    )
    starter = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(TF_PLUGIN_MAGIC_COOKIE="x")
    )
    pid = int(starter.stdout.split()[0])
    assert "|unix|" in starter.stdout
    assert ended(pid, seconds=10)


def ended(pid: int, *, seconds: float) -> bool:
    import time

    from tests.serving import is_alive

    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(pid)
