"""Which statements the made-up traffic consisted of, who ran them, and which of them were slow."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from jellystone.database import DB

BEST_SELLERS = """SELECT a.id, a.title, count(*) AS sold FROM articles a JOIN order_lines l ON l.article = a.id
WHERE l.placed_at > now() - $1::interval GROUP BY a.id, a.title ORDER BY sold DESC LIMIT $2"""
OF_CUSTOMER = "SELECT id, placed_at, total FROM orders WHERE customer = $1 ORDER BY placed_at DESC LIMIT $2"
BY_MONTH = "SELECT date_trunc($1, placed_at) AS month, sum(total) FROM orders GROUP BY 1 ORDER BY 1"
TEXTS: list[tuple[str, float, float, float, float]] = [  # text, calls a transaction, mean ms, rows and blocks a call
    ("SELECT id, email, name FROM customers WHERE id = $1", 0.9, 0.08, 1, 0.01),
    (OF_CUSTOMER, 0.5, 0.9, 12, 0.3),
    ("INSERT INTO orders (customer, placed_at, total) VALUES ($1, now(), $2) RETURNING id", 0.12, 0.4, 1, 0.05),
    ("UPDATE stock SET on_hand = on_hand - $1 WHERE article = $2 AND on_hand >= $1", 0.2, 0.7, 1, 0.1),
    (BEST_SELLERS, 0.004, 340, 20, 900),
    (BY_MONTH, 0.0006, 2100, 36, 14_000),
    ("DELETE FROM carts WHERE touched_at < now() - $1::interval", 0.001, 55, 40, 120),
    ("SELECT * FROM articles WHERE lower(title) LIKE $1", 0.02, 48, 9, 210),
]
QUERIES = """
    INSERT INTO queries (id, database, queryid, text, first_seen_at)
    SELECT gen_random_uuid(), d, hashtextextended(text, 1), text, $3
    FROM unnest($1::uuid[]) d, unnest($2::text[]) text
    ON CONFLICT DO NOTHING
"""
CHANCE = "((hashtextextended(q.text || f.subject || f.at, {salt}) & 65535) / 65535.0::float8)"
STATEMENTS = f"""
    INSERT INTO statements_{{step}}
        (database, at, queryid, role, seconds, calls, total_ms, rows, blocks_hit, blocks_read, temp_blocks, wal_bytes)
    SELECT subject, at, queryid, role, seconds, calls, calls * ms * (0.7 + 0.6 * luck), calls * per_call,
        calls * (4 + per_call * 2), calls * blocks, CASE WHEN ms > 1000 THEN calls * 800 ELSE 0 END,
        CASE WHEN text ~ '^(INSERT|UPDATE|DELETE)' THEN calls * 240 ELSE 0 END
    FROM (
        SELECT f.subject, f.at, f.seconds, q.*, hashtextextended(q.text, 1) AS queryid, {CHANCE.format(salt=3)} AS luck,
            floor(f.commits * q.share + {CHANCE.format(salt=4)})::bigint AS calls,
            coalesce((SELECT name FROM roles r WHERE r.database = d.id ORDER BY name LIMIT 1), d.name || '_app') AS role
        FROM figures_{{step}} f JOIN databases d ON d.id = f.subject,
            unnest($2::text[], $3::float8[], $4::float8[], $5::float8[], $6::float8[])
                AS q (text, share, ms, per_call, blocks)
        WHERE f.subject = ANY ($1::uuid[]) AND f.at >= $7
    ) made WHERE calls > 0
    ON CONFLICT DO NOTHING
"""
SLOW = """
    INSERT INTO slow_runs (id, database, pid, backend_start, query_start, last_seen_at, duration_ms, role, application,
        client, wait, queryid, text)
    SELECT gen_random_uuid(), s.database, 4000 + (hashtextextended(s.at::text, 5) & 1023)::int,
        s.at - interval '3 hours', s.at, s.at + made.ms * interval '1 ms', made.ms, s.role, 'reports', '10.4.0.17',
        CASE WHEN s.temp_blocks > 0 THEN 'IO: BufFileWrite' END, s.queryid, q.text
    FROM statements_ten_minutes s JOIN queries q USING (database, queryid),
        LATERAL (SELECT round(s.total_ms / s.calls * 1.4)::bigint AS ms) made
    WHERE s.database = ANY ($1::uuid[]) AND s.at BETWEEN $2 AND $3 AND s.total_ms / s.calls > 1000
    ON CONFLICT DO NOTHING
"""
SLOW_KEPT = timedelta(days=7)


async def write(databases: Iterable[UUID], *, since: datetime, until: datetime) -> None:
    """From the figures that stand there already; a database that is idle has no statements."""
    ids = list(databases)
    texts, *rest = (list(column) for column in zip(*TEXTS, strict=True))
    await DB.fetch(QUERIES, ids, texts, since)
    for step in ("minute", "ten_minutes", "day"):
        await DB.fetch(STATEMENTS.format(step=step), ids, texts, *rest, since)
    await DB.fetch(SLOW, ids, max(since, until - SLOW_KEPT), until)
