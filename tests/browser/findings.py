"""What checks have found, for looking at: as a round would have left it."""

from tests.browser.site import Site

FOUND = """
    INSERT INTO advice (id, server, database, check_name, state, seen, opened_at, since)
    SELECT gen_random_uuid(), s.id, d.id, f.check_name, f.state, f.seen::jsonb, now() - f.ago, now() - f.ago
    FROM servers s CROSS JOIN (VALUES
        ('trail_log', 'idle-in-transaction', 'act', interval '11 minutes',
         '{"longest_seconds": 1260, "role": "trail_log_app", "pid": 48213}'),
        ('trail_log', 'transaction-ids', 'watch', interval '2 days', '{"xid_age": 412000000, "xid_percent": 19.2}'),
        ('trail_log', 'long-query', 'unknown', interval '3 hours', '{"missing": "right"}'),
        ('campsites', 'connection-limit', 'watch', interval '5 hours',
         '{"connections": 38, "connection_limit": 40, "used_percent": 95}'),
        (NULL, 'connections', 'act', interval '9 minutes',
         '{"used": 92, "usable": 97, "used_percent": 94.8, "busiest": "trail_log"}'),
        (NULL, 'memory', 'unknown', interval '41 days', '{"missing": "memory"}')
    ) AS f (database, check_name, state, ago, seen)
    LEFT JOIN databases d ON d.name = f.database
    WHERE f.database IS NULL OR d.id IS NOT NULL
    ON CONFLICT DO NOTHING
"""
LOOKED = """
    UPDATE servers SET advised = jsonb_build_object('now', now(), 'hour', now(), 'rights', now()),
        session_defaults = '{"role": "jadmin", "settable": ["temp_file_limit"], "values": {"statement_timeout": 0,
        "lock_timeout": 0, "idle_in_transaction_session_timeout": 0, "idle_session_timeout": 0,
        "transaction_timeout": 0, "work_mem": 4194304, "timezone": "UTC", "search_path": ["$user", "public"],
        "log_min_duration_statement": -1, "temp_file_limit": -1}}'
"""
INSIDE = """
    INSERT INTO insides (database, "by", seen) SELECT id, 'yogi@park.example', jsonb_build_object('total', 2, 'tables',
        jsonb_build_array(t || '{"name": "sightings", "rows_dead": 2410000, "rows_live": 3900000}',
            t || '{"name": "a_table_with_a_name_as_long_as_names_may_be_63_letters_in_all", "vacuumed_at": null}'),
        'strays',
        '{"public.sightings_2019": "ALTER TABLE public.sightings_2019 OWNER TO \\"trail_log_owner\\";"}'::jsonb)
    FROM databases, (SELECT jsonb_build_object('schema', 'public', 'owner', 'trail_log_owner', 'size_bytes', 819000000,
        'rows_live', 210, 'rows_dead', 12, 'vacuumed_at', now() - interval '3 hours', 'analyzed_at', now()) AS t) tables
    WHERE name = 'trail_log' ON CONFLICT DO NOTHING
"""


async def write(site: Site) -> None:
    await site.sql(FOUND)
    await site.sql(LOOKED)
    await site.sql(INSIDE)
