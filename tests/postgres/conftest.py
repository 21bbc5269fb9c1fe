"""Every test here runs on real servers: once for each PostgreSQL on this machine and each kind of role of ours.

`JELLYSTONE_TEST_VERSIONS=15,17,18` says which must be there; without it, those that are.
"""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.clusters import Cluster, installed
from tests.postgres.world import World

KINDS = ("superuser", "createrole")
NEWEST = 18


def versions() -> list[int]:
    if wanted := os.environ.get("JELLYSTONE_TEST_VERSIONS"):
        return sorted((int(word) for word in wanted.split(",")), reverse=True)
    return [NEWEST, *(major for major in installed() if major != NEWEST)]


@pytest.fixture(scope="session")
def clusters() -> Iterator[dict[int, Cluster]]:
    """Those started so far, by major version."""
    running: dict[int, Cluster] = {}
    yield running
    for cluster in running.values():
        cluster.__exit__()


@pytest.fixture(scope="session", params=versions())
def cluster(request: pytest.FixtureRequest, clusters: dict[int, Cluster]) -> Cluster:
    """One server of each version, shared by all tests of a process. One that was asked for and is missing: an error."""
    if request.param not in clusters:
        clusters[request.param] = Cluster(request.param).__enter__()
    return clusters[request.param]


@pytest.fixture
def newest(clusters: dict[int, Cluster]) -> Cluster:
    """The newest alone, where the version does not matter."""
    if NEWEST not in clusters:
        clusters[NEWEST] = Cluster(NEWEST).__enter__()
    return clusters[NEWEST]


@pytest.fixture(params=KINDS)
async def world(request: pytest.FixtureRequest, cluster: Cluster) -> AsyncIterator[World]:
    async with World(cluster, request.param) as world:
        yield world


@pytest.fixture
async def simple(newest: Cluster) -> AsyncIterator[World]:
    """The newest version with a superuser, where neither version nor rights matter."""
    async with World(newest, "superuser") as world:
        yield world
