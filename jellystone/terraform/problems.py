"""What the server would not do, as Terraform's diagnostics: at the attribute to change, with what to do next."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tf.utils import Diagnostics

from jellystone.client import ApiProblem, ClientError, Forbidden, NotFound, Unauthorized, Unreachable

SUMMARIES = {
    401: "The token is not valid",
    403: "The token may not do this",
    404: "It is not there",
    409: "The present state of things forbids it",
    412: "It was changed meanwhile",
    422: "Some values cannot be used",
    429: "Too much at once",
    502: "The PostgreSQL server refused",
    503: "The PostgreSQL server does not answer, or Jellystone is busy",
}
TOKEN = "Set `token` in the provider block, or JELLYSTONE_TOKEN, to one that is valid."  # noqa: S105


@contextmanager
def told(
    diagnostics: Diagnostics, what: str, *, at: Mapping[int, str], names: Mapping[str, str], importing: str = ""
) -> Iterator[None]:
    """Turns a problem into diagnostics.

    `at` is the attribute by the answer's status, where the answer names none; `names` is what our attributes are called
    in the API's `errors`, where that differs. `importing` is the type of a resource that could be imported instead.
    """
    try:
        yield
    except ApiProblem as problem:
        _add(diagnostics, what, problem, at, names, _way_out(problem, importing))
    except ClientError as problem:
        summary = (
            "Jellystone cannot be reached" if isinstance(problem, Unreachable) else "Jellystone was not understood"
        )
        diagnostics.add_error(f"{what}: {summary}", str(problem))


def _way_out(problem: ApiProblem, importing: str) -> str:
    """What exists is never taken over without being told to."""
    if not importing or problem.existing is None:
        return ""
    return f" To manage what is there, import it: terraform import {importing}.NAME {problem.existing}"


def _add(
    diagnostics: Diagnostics,
    what: str,
    problem: ApiProblem,
    at: Mapping[int, str],
    names: Mapping[str, str],
    way_out: str,
) -> None:
    summary = f"{what}: {SUMMARIES.get(problem.status, problem.title)}"
    number = f"{way_out}\n\nRequest {problem.request_id}, status {problem.status}."
    if isinstance(problem, Unauthorized):
        diagnostics.add_error(summary, f"{problem.detail} {TOKEN}{number}")
    elif isinstance(problem, NotFound | Forbidden) or not problem.errors:
        field = at.get(problem.status)
        diagnostics.add_error(summary, f"{problem.detail}{number}", path=[field] if field else None)
    else:
        for name, words in problem.errors.items():
            said = words if problem.status == 422 or words == problem.detail else f"{problem.detail} {words}"
            diagnostics.add_error(summary, f"{said}{number}", path=[names.get(name, name)])
