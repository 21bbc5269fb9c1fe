"""A new cluster: made beside its place, set up there, and moved in whole."""

import locale
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from jellystone.embedded.account import Account, acting_as, privileges
from jellystone.embedded.folder import keep
from jellystone.embedded.programs import Programs
from jellystone.errors import Misconfigured

SUPERUSER = "postgres"
DATABASE = "jellystone"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
MIB = 1024 * 1024

SET_UP = f"""
CREATE DATABASE {DATABASE};

REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC;
"""
STATISTICS = """
CREATE EXTENSION pg_stat_statements;
"""

CONFIGURATION = """\
# Written once by Jellystone; yours to change. The port, the addresses and the socket come from the command line.
cluster_name = 'jellystone'
password_encryption = 'scram-sha-256'
max_connections = 200
superuser_reserved_connections = 10      # for Jellystone itself
shared_preload_libraries = '{preload}'
shared_buffers = '{shared_buffers}MB'
effective_cache_size = '{cache}MB'
random_page_cost = 1.1
wal_compression = on
max_wal_size = '2GB'
track_io_timing = on
track_activity_query_size = '4kB'
logging_collector = on                   # one file a weekday, the last seven days
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_rotation_age = '1d'
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
log_min_error_statement = panic          # a statement that failed may hold somebody's password
"""


def make(home: Path, programs: Programs, account: Account | None) -> None:
    """`home/data`, and the superuser's password in `home/password`. What a crash left of an earlier try goes."""
    new, data = home / "unfinished", home / "data"
    with acting_as(account):
        shutil.rmtree(new, ignore_errors=True)
        (home / "log").mkdir(mode=0o700, exist_ok=True)
    keep(home / "password", secrets.token_urlsafe(24), account)
    options = ["-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={home / 'password'}", "--encoding=UTF8"]
    _run([programs.folder / "initdb", "-D", new, *options, *_locale(programs)], account)
    preload = "pg_stat_statements" if _has_statistics(programs, account) else ""
    with acting_as(account):
        (new / "jellystone.conf").write_text(_configuration(preload))
        with (new / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'jellystone.conf'\n")
    set_up = SET_UP + (STATISTICS if preload else "")
    said = _run([programs.folder / "postgres", "--single", "-j", "-D", new, "postgres"], account, set_up)
    if "ERROR:" in said or "FATAL:" in said:  # it ends with 0 in any case
        raise Misconfigured(f"The new PostgreSQL cluster could not be set up:\n{said}")
    with acting_as(account):
        new.rename(data)


def memory() -> int:
    """Bytes that this machine, or the container that we are in, lets us use."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return total


def _configuration(preload: str) -> str:
    """Modest: we share the machine with whatever else runs there."""
    buffers = min(max(memory() // 16 // MIB, 32), 512)
    return CONFIGURATION.format(preload=preload, shared_buffers=buffers, cache=max(memory() // 3 // MIB, 128))


def _locale(programs: Programs) -> list[str]:
    if programs.major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return ["--locale=C"]
    locale.setlocale(locale.LC_CTYPE, before)
    return ["--locale=C", "--lc-ctype=C.UTF-8"]


def _has_statistics(programs: Programs, account: Account | None) -> bool:
    """Some systems keep the extension in a package of its own."""
    for line in _run([programs.folder / "initdb", "--show", "-D", "/nonexistent"], account).splitlines():
        name, _, value = line.partition("=")
        if name == "share_path":
            return (Path(value) / "extension" / "pg_stat_statements.control").exists()
    return False


def _run(command: list[str | Path], account: Account | None, text: str = "") -> str:
    """What the program said on both its outputs."""
    try:
        ran: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603
            command,
            input=text,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            **privileges(account),
        )
    except OSError as error:
        raise Misconfigured(f"{command[0]} did not run: {error.strerror}.") from error
    if ran.returncode:
        raise Misconfigured(f"{command[0]} failed:\n{ran.stdout.strip()}")
    return ran.stdout
