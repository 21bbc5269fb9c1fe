"""The statements by which history is made up. Chance is a hash of the database and the moment."""

CHANCE = "((hashtextextended(k.id::text || {what}, 7) & 65535) / 65535.0::float8)"
HOUR = "extract(hour FROM at AT TIME ZONE 'UTC')"

KINDS = """
    kinds AS (
        SELECT * FROM unnest($6::uuid[], $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::float8[],
            $12::float8[], $13::float8[], $14::float8[], $15::float8[], $16::float8[], $17::float8[], $18::float8[],
            $19::float8[], $20::float8[], $21::float8[], $22::float8[])
        AS k (id, per_second, query_ms, pool, size_bytes, grows, night, weekend, bursts, spills, rollbacks,
            rows_read, rows_written, cache_hit, idle_in_transaction, from_hour, to_hour)
    )
"""
LOOKED = """
    looked AS (
        SELECT at, extract(epoch FROM $3::interval - coalesce((
            SELECT sum(least(ending, at + $3) - greatest(beginning, at))
            FROM unnest($4::timestamptz[], $5::timestamptz[]) AS away (beginning, ending)
            WHERE beginning < at + $3 AND ending > at), '0'))::float8 AS seconds
        FROM generate_series($1::timestamptz, $2, $3) AS at
    )
"""
DAYS_AGO = "extract(epoch FROM $23::timestamptz - at)::float8 / 86400"
SIZE = """
    greatest(8000000, size_bytes - grows * days_ago + size_bytes * 0.02 * mod(days_ago::numeric, 30)::float8 / 30)
"""
DAILY = f"""
    CASE WHEN $3 >= interval '1 day' THEN (k.night + (1 - k.night) * 0.45) * (k.to_hour - k.from_hour) / 24
        WHEN {HOUR} < k.from_hour OR {HOUR} >= k.to_hour THEN 0
        ELSE k.night + (1 - k.night)
            * power(0.5 - 0.5 * cos((extract(epoch FROM at)::float8 / 3600 - 2.5) * pi() / 12), 2)
    END
"""
TRAFFIC = f"""
    traffic AS (
        SELECT k.*, at, seconds, {DAYS_AGO} AS days_ago,
            CASE WHEN $3 >= interval '1 day' THEN k.spills
                ELSE ({CHANCE.format(what="'spill' || floor(extract(epoch FROM at) / 1800)")} < k.spills)::int
            END AS spilling,
            {CHANCE.format(what="'hit' || at")} AS luck,
            k.per_second * {DAILY}
            * CASE WHEN extract(isodow FROM at AT TIME ZONE 'UTC') > 5 THEN k.weekend ELSE 1 END
            * CASE WHEN {CHANCE.format(what="'burst' || floor(extract(epoch FROM at) / 1800)")} < k.bursts
                THEN 4 ELSE 1 END
            * (0.75 + 0.5 * {CHANCE.format(what="'noise' || at")})
            * (1 - 0.35 * extract(epoch FROM $23 - at) / 31536000) AS rate
        FROM kinds k, looked WHERE seconds > 0
    )
"""
FIGURES = f"""
    WITH {KINDS}, {LOOKED}, {TRAFFIC},
    counted AS (
        SELECT *, round(greatest(rate, 0) * seconds)::bigint AS transactions,
            greatest(rate, 0) * query_ms / 1000 AS busy,
            CASE WHEN rate > 0 THEN pool * (0.4 + 0.6 * least(1, rate / per_second)) ELSE 0 END AS open
        FROM traffic
    )
    INSERT INTO figures_{{step}} (subject, at, seconds, connections, connections_most, active,
        idle, idle_in_transaction, waiting,
        commits, rollbacks, blocks_hit,
        blocks_read, rows_returned, rows_fetched,
        rows_inserted, rows_updated, rows_deleted,
        temp_files, temp_bytes,
        active_ms, idle_in_transaction_ms, sessions,
        size_bytes, private_bytes)
    SELECT id, at, seconds, open + busy, ceil((open + busy) * 1.2), busy,
        open * (1 - idle_in_transaction * luck), open * idle_in_transaction * luck,
        CASE WHEN rate > per_second THEN busy * 0.2 ELSE 0 END,
        transactions, transactions * rollbacks * luck * 2, transactions * 80 * (cache_hit + (1 - cache_hit) * luck),
        transactions * 80 * (1 - cache_hit) * (1 - luck), transactions * rows_read, transactions * rows_read * 0.3,
        transactions * rows_written * 0.55, transactions * rows_written * 0.4, transactions * rows_written * 0.05,
        ceil(spilling * seconds / 60), spilling * transactions * 90000 * (0.4 + luck),
        transactions * query_ms, open * idle_in_transaction * luck * seconds * 1000, 1 + transactions * 0.002,
        {SIZE}, (open + busy) * 5200000
    FROM counted WHERE transactions > 0
    ON CONFLICT DO NOTHING
"""
COUNTED = """connections, connections_most, active, idle, idle_in_transaction, waiting, commits, rollbacks, blocks_hit,
    blocks_read, rows_returned, rows_fetched, rows_inserted, rows_updated, rows_deleted, temp_files, temp_bytes,
    active_ms, idle_in_transaction_ms, sessions, private_bytes"""
SERVER = f"""
    WITH {KINDS}, {LOOKED}
    INSERT INTO figures_{{step}} (subject, at, seconds, size_bytes, {COUNTED})
    SELECT $24::uuid, l.at, l.seconds,
        (SELECT 30000000 + sum({SIZE}) FROM (SELECT *, {DAYS_AGO.replace("at)", "l.at)")} AS days_ago FROM kinds) k),
        {", ".join(f"coalesce(sum({name.strip()}), 0)" for name in COUNTED.split(","))}
    FROM looked l LEFT JOIN figures_{{step}} f ON f.at = l.at AND f.subject = ANY ($6)
    WHERE l.seconds > 0 GROUP BY l.at, l.seconds
    ON CONFLICT DO NOTHING
"""
NOW = """
    UPDATE databases d SET measured_at = $2, connections = coalesce(round(f.connections), 0),
        active = coalesce(round(f.active), 0), waiting = coalesce(round(f.waiting), 0),
        idle_in_transaction = coalesce(round(f.idle_in_transaction), 0), private_bytes = coalesce(f.private_bytes, 0),
        size_bytes = coalesce((SELECT size_bytes FROM figures_minute WHERE subject = d.id ORDER BY at DESC LIMIT 1),
            (SELECT size_bytes FROM figures_day WHERE subject = d.id ORDER BY at DESC LIMIT 1), 8000000),
        last_query_at = coalesce((SELECT max(at) + interval '40s' FROM figures_minute WHERE subject = d.id AND at < $2),
            $2 - interval '47 days'),
        last_write_at = coalesce((SELECT max(at) + interval '20s' FROM figures_minute
            WHERE subject = d.id AND at < $2 AND rows_inserted + rows_updated + rows_deleted > 0),
            $2 - interval '61 days')
    FROM unnest($1::uuid[]) AS one (id)
    LEFT JOIN LATERAL (
        SELECT * FROM figures_minute WHERE subject = one.id AND at > $2::timestamptz - interval '2 minutes'
        ORDER BY at DESC LIMIT 1
    ) f ON true
    WHERE d.id = one.id
"""
SERVER_NOW = """
    UPDATE servers SET contacted_at = $2, problem = NULL, started_at = $2::timestamptz - interval '41 days',
        connections_usable = coalesce(connections_usable, 97),
        connections = (SELECT round(connections) + 2 FROM figures_minute WHERE subject = $1 ORDER BY at DESC LIMIT 1)
    WHERE id = $1
"""
