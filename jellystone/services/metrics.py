"""Everything for Prometheus: what this process counts, and the last figures of every server and database.

The figures come from our own tables: a scrape opens no connection to a managed server. Their names are those that
users of postgres_exporter know; its counters are of type unknown here, because OpenMetrics demands `_total` of others.
"""

import hmac
from collections.abc import Iterator
from typing import Any

import msgspec
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from jellystone import meters, settings
from jellystone.database import DB
from jellystone.errors import NotSignedIn
from jellystone.services import series
from jellystone.services.actors import PROMETHEUS, Actor, Kind
from jellystone.services.permissions import Scope
from jellystone.services.rounds import EVERY

OLD = "10 minutes"
"""Then a figure that moves has no sample: nobody shall take it for one of now. Sizes and limits stay."""
SERVERS = f"""
    SELECT name AS server, (contacted_at IS NOT NULL AND problem IS NULL)::int AS up,
        CASE WHEN contacted_at > now() - interval '{OLD}' THEN connections END AS connections,
        connections_usable AS usable, extract(epoch FROM started_at) AS started_at,
        extract(epoch FROM contacted_at) AS contacted_at, parameters::text AS parameters,
        coalesce(memory_bytes, memory_given_bytes) AS memory_bytes
    FROM servers ORDER BY name
"""
DATABASES = f"""
    SELECT s.name AS server, t.slug AS team, d.name AS datname, d.size_bytes, now.connections, now.active, now.waiting,
        now.idle_in_transaction, coalesce(d.connection_limit, -1) AS connection_limit, now.private_bytes,
        extract(epoch FROM d.last_query_at) AS last_query_at, extract(epoch FROM d.last_write_at) AS last_write_at,
        extract(epoch FROM d.measured_at) AS measured_at, c.seen::text AS seen,
        (SELECT extract(epoch FROM min(r.password_changed_at)) FROM roles r WHERE r.database = d.id) AS password_at
    FROM databases d JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
        LEFT JOIN databases now ON now.id = d.id AND now.measured_at > now() - interval '{OLD}'
        LEFT JOIN counters c ON c.database = now.id
    ORDER BY d.size_bytes DESC NULLS LAST, d.id LIMIT $1
"""
ADVICE = """
    SELECT s.name AS server, coalesce(t.slug, '') AS team, coalesce(d.name, '') AS datname, a.check_name AS check,
        a.state, 1 AS one
    FROM advice a JOIN servers s ON s.id = a.server
        LEFT JOIN databases d ON d.id = a.database LEFT JOIN teams t ON t.id = d.team
    ORDER BY s.name, d.name, a.check_name LIMIT $1
"""
ROUNDS = """
    SELECT s.name AS server, k.kind, r.*
    FROM servers s CROSS JOIN unnest($1::text[]) AS k(kind) CROSS JOIN LATERAL (
        SELECT milliseconds / 1000.0 AS seconds, rows, extract(epoch FROM at) AS at,
            (problem IS NOT NULL)::int AS failed
        FROM rounds WHERE server = s.id AND kind = k.kind ORDER BY at DESC LIMIT 1) r
    ORDER BY s.name, k.kind
"""
INSTANCE = """
    SELECT (SELECT count(*) FROM teams) AS teams, (SELECT count(*) FROM users) AS accounts,
        greatest((SELECT count(*) FROM databases) - $1, 0) AS left_out, count(*) AS mails_waiting,
        coalesce(extract(epoch FROM now() - min(created_at)), 0) AS oldest_mail_seconds
    FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL
"""
STATUSES = """
    SELECT 'database' AS object, status, count(*) FROM databases GROUP BY status
    UNION ALL SELECT 'role', status, count(*) FROM roles GROUP BY status ORDER BY 1, 2
"""
OF_A_DATABASE = ("server", "team", "datname")


def actor_for(token: str) -> Actor | None:
    """Prometheus, if this is the metrics token: it may read metrics and nothing else."""
    expected = settings.current().metrics_token
    return PROMETHEUS if expected and hmac.compare_digest(token.encode(), expected.encode()) else None


async def shown_to(actor: Actor | None, *, accept: str) -> tuple[bytes, str]:
    """The text and its content type, for Prometheus and for operators."""
    if actor is None:
        raise NotSignedIn("Send the metrics token or an operator's: `Authorization: Bearer …`.")
    if actor.kind is not Kind.METRICS_TOKEN:
        actor.must_be_operator()
        actor.must_have(Scope.READ)
    return await exposed(accept=accept)


async def exposed(*, accept: str) -> tuple[bytes, str]:
    """For who has been let in already. OpenMetrics if it is accepted, else Prometheus's own text."""
    encode, kind = choose_encoder(accept)
    return encode(Everything([family async for family in _measured()])), kind


class Everything(Collector):
    def __init__(self, measured: list[Metric]) -> None:
        self.measured = measured

    def collect(self) -> Iterator[Metric]:
        yield from meters.REGISTRY.collect()
        yield from (family for family in self.measured if family.samples)


async def _measured() -> Any:
    """A handful of queries, whatever the number of databases; only so many of these have series."""
    most = settings.current().metrics_databases
    servers = [{**row, **_numbers(row["parameters"])} for row in await DB.fetch(SERVERS)]
    databases = [{**row, **_numbers(row["seen"])} for row in await DB.fetch(DATABASES, most)]
    groups = [
        series.families(series.OF_SERVER, servers, ("server",)),
        series.families((*series.OF_DATABASE, *series.OF_STATISTICS), databases, OF_A_DATABASE),
        series.families([series.OF_STATE], _states(databases), (*OF_A_DATABASE, "state")),
        series.families([series.OF_ADVICE], await DB.fetch(ADVICE, most), (*OF_A_DATABASE, "check", "state")),
        series.families(series.OF_ROUND, await DB.fetch(ROUNDS, list(EVERY)), ("server", "kind")),
        series.families(series.OF_INSTANCE, await DB.fetch(INSTANCE, most), ()),
        series.families([series.OF_STATUS], await DB.fetch(STATUSES), ("object", "status")),
    ]
    for group in groups:
        for family in group:
            yield family


def _numbers(text: str | None) -> dict[str, Any]:
    """The numbers of a stored JSON object, by name."""
    found = msgspec.json.decode(text) if text else {}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def _states(databases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """postgres_exporter's label values; `unknown` where our role may not see them. Nothing if nobody has measured."""
    for row in databases:
        if row["connections"] is None:
            continue
        if row["active"] is None:
            counts = {"unknown": row["connections"]}
        else:
            resting = row["idle_in_transaction"] or 0
            counts = {"active": row["active"], "idle in transaction": resting}
            counts["idle"] = max(row["connections"] - row["active"] - resting, 0)
        for state, count in counts.items():
            yield {**{label: row[label] for label in OF_A_DATABASE}, "state": state, "count": count}
