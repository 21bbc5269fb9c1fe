"""What a database's new sessions begin with: its timeouts, its memory, its time zone and more."""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

from jellystone.client.calls import Call, Noun, Way, as_, given, in_database, sent
from jellystone.facts.parameters import Parameters as ParametersFact
from jellystone.facts.parameters import ParameterValues

PARAMETERS = as_(ParametersFact)
Number = int | UnsetType | None


class Parameters(Noun[Way]):
    """Defaults and not limits: a session may set its own. None is the server's own value, which `server` tells."""

    @sent
    def get(self, database: str) -> Call[ParametersFact]:
        return Call("GET", in_database(database) + "/parameters", PARAMETERS)

    @sent
    def update(
        self,
        database: str,
        *,
        statement_timeout_ms: Number = UNSET,
        lock_timeout_ms: Number = UNSET,
        idle_in_transaction_session_timeout_ms: Number = UNSET,
        idle_session_timeout_ms: Number = UNSET,
        transaction_timeout_ms: Number = UNSET,
        work_mem_bytes: Number = UNSET,
        timezone: str | UnsetType | None = UNSET,
        search_path: Sequence[str] | UnsetType | None = UNSET,
        log_min_duration_statement_ms: Number = UNSET,
        temp_file_limit_bytes: Number = UNSET,
    ) -> Call[ParametersFact]:
        """What is left out stays. It holds for sessions that begin afterwards. The last two are for operators."""
        body = given(
            statement_timeout_ms=statement_timeout_ms,
            lock_timeout_ms=lock_timeout_ms,
            idle_in_transaction_session_timeout_ms=idle_in_transaction_session_timeout_ms,
            idle_session_timeout_ms=idle_session_timeout_ms,
            transaction_timeout_ms=transaction_timeout_ms,
            work_mem_bytes=work_mem_bytes,
            timezone=timezone,
            search_path=search_path,
            log_min_duration_statement_ms=log_min_duration_statement_ms,
            temp_file_limit_bytes=temp_file_limit_bytes,
        )
        return Call("PATCH", in_database(database) + "/parameters", PARAMETERS, body, repeatable=False)

    @sent
    def put(self, database: str, values: ParameterValues) -> Call[ParametersFact]:
        """Bring all that you may set to this: what is None goes back to the server's own."""
        return Call("PUT", in_database(database) + "/parameters", PARAMETERS, asdict(values))
