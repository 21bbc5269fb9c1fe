"""Sessions that last too long: forgotten transactions, endless queries, waiting for locks."""

from jellystone.postgres.checks.kinds import Check, Figure, Finding, graded, unknown
from jellystone.postgres.checks.seen import DatabaseSeen
from jellystone.postgres.health import Session


def _judged(seen: DatabaseSeen, session: Session | None, *, watch: float, act: float) -> Finding:
    """What we can see may be bad enough; but that all is well we know only if nothing is hidden from us."""
    if seen.health is None:
        return unknown("look")
    figures: dict[str, Figure] = {}
    if session:
        figures = {"longest_seconds": round(session.seconds), "role": session.role, "pid": session.pid}
        figures |= {"blocked_by": session.blocked_by} if session.blocked_by else {}
    finding = graded(session.seconds if session else 0, figures, watch=watch, act=act)
    return unknown("right") if finding.state == "ok" and seen.health.hidden else finding


def _idle_in_transaction(seen: DatabaseSeen) -> Finding:
    return _judged(seen, seen.health.idle_in_transaction if seen.health else None, watch=60, act=600)


def _active(seen: DatabaseSeen) -> Finding:
    return _judged(seen, seen.health.active if seen.health else None, watch=300, act=3600)


def _waiting(seen: DatabaseSeen) -> Finding:
    finding = _judged(seen, seen.health.waiting if seen.health else None, watch=10, act=60)
    return Finding(finding.state, {"blocked_by": "a session that has just ended", **finding.seen})


OF_DATABASES = (
    Check(
        name="idle-in-transaction",
        title="A transaction left open",
        limits="watch after 1 minute, act after 10 minutes without a statement",
        why="A program has begun a transaction and does nothing in it. Meanwhile its locks block others, and "
        "PostgreSQL cannot clean up deleted rows: tables grow and queries slow down.",
        judge=_idle_in_transaction,
        said="{role} has been idle in a transaction for {longest_seconds} (process {pid}).",
        what="End that session, then find where the program forgets COMMIT or ROLLBACK, often after an error. As a "
        "net, set idle_in_transaction_session_timeout for this database.",
        page="connections",
        eases_after=5,
    ),
    Check(
        name="long-query",
        title="A query that does not end",
        limits="watch after 5 minutes, act after 1 hour",
        why="It takes processor time and memory, keeps PostgreSQL from cleaning up, and may hold locks.",
        judge=_active,
        said="A query of {role} has been running for {longest_seconds} (process {pid}).",
        what="See what it is. If nobody waits for it, cancel it. If it is slow by mistake, look at its plan with "
        "EXPLAIN: an index is often missing. As a net, set statement_timeout for this database.",
        page="connections",
        eases_after=5,
    ),
    Check(
        name="lock-wait",
        title="Waiting for a lock",
        limits="watch after 10 seconds, act after 60 seconds",
        why="A session stands still because another one holds what it needs. Usually more and more queue up behind it.",
        judge=_waiting,
        said="{role} has been waiting for {longest_seconds} (process {pid}), for {blocked_by}.",
        what="See what the other session does, and end it if it was forgotten. For changes of tables set a short "
        "lock_timeout, so that they give up rather than make everybody queue.",
        page="connections",
        eases_after=5,
    ),
)
