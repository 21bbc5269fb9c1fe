"""The PostgreSQL that comes along: made, started and stopped with us."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from jellystone.embedded import folder, making, postmaster, programs
from jellystone.embedded.cluster import Cluster, url
from jellystone.embedded.programs import Say
from jellystone.settings import Settings

__all__ = ["Cluster", "Say", "found_running", "held", "started"]


def held(settings: Settings) -> AbstractContextManager[None]:
    """Keep every other Jellystone out of the data folder (it gets `Misconfigured`)."""
    return folder.held(settings.data_dir)


@contextmanager
def started(settings: Settings, say: Say) -> Iterator[tuple[Settings, Cluster]]:
    """The cluster of the data folder, running for as long as the block, and the settings that lead to it.

    To be used within `held`. After a kill of this process the cluster runs on, and the next one finds it.
    """
    keys = settings.secret_keys or (folder.secret_key(settings.data_dir),)
    home, owner = folder.place(settings.data_dir)
    if owner and home.parent == folder.ELSEWHERE and not (home / "data").exists():
        say(f"The user {owner.name} cannot enter {settings.data_dir}: PostgreSQL lives in {home}", 0.0)
    usable = programs.reachable(programs.find(settings.postgres_bin, prefer=_major(home)), owner, home, say)
    cluster = Cluster(home, usable, owner, say, port=settings.postgres_port)
    try:
        cluster.start()
        yield _leading_to(home, settings, keys), cluster
    finally:
        cluster.stop()


def found_running(settings: Settings) -> Settings | None:
    """The settings that lead to the cluster of the data folder, if it runs: for commands beside `serve`."""
    home = settings.data_dir / "postgres"
    running, _ = postmaster.found(home / "data")
    if running is None or not running.ready():
        return None
    return _leading_to(home, settings, settings.secret_keys or (folder.secret_key(settings.data_dir),))


def _leading_to(home: Path, settings: Settings, keys: tuple[str, ...]) -> Settings:
    ours, server = url(home, making.DATABASE), settings.server_url or url(home, "postgres")
    return msgspec.structs.replace(settings, database_url=ours, server_url=server, secret_keys=keys)


def _major(home: Path) -> int | None:
    try:
        return int((home / "data" / "PG_VERSION").read_text())
    except (OSError, ValueError):
        return None
