"""What we look for on servers and in databases: each check with its limits, its words and what to do.

Pure functions over what was seen (`seen.py`): nothing here asks anybody. The SQL in them is for people to run.
"""

from jellystone.postgres.checks import ageing, answers, connections, memory, rights, sessions, storage, traffic, use
from jellystone.postgres.checks.kinds import Check
from jellystone.postgres.checks.seen import DatabaseSeen, ServerSeen

OF_DATABASES: dict[str, Check[DatabaseSeen]] = {
    check.name: check
    for check in (
        *storage.OF_DATABASES,
        *rights.OF_DATABASES,
        *ageing.OF_DATABASES,
        *connections.OF_DATABASES,
        *sessions.OF_DATABASES,
        *traffic.OF_DATABASES,
        *use.OF_DATABASES,
    )
}
OF_SERVERS: dict[str, Check[ServerSeen]] = {
    check.name: check
    for check in (
        *answers.OF_SERVERS,
        *connections.OF_SERVERS,
        *memory.OF_SERVERS,
        *storage.OF_SERVERS,
        *ageing.OF_SERVERS,
    )
}
