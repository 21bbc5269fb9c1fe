"""A folder may use those below it and never those above; read from the imports themselves, also those in functions."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from jellystone.paths import PACKAGE

LONGEST = 225  # lines; we aim for 120
BELOW = {  # what each part of the package may use besides itself; the command line and `app` may use everything
    "errors": set[str](),
    "paths": set[str](),
    "facts": set[str](),
    "meters": set[str](),
    "client": {"facts"},
    "terraform": {"client", "facts"},
    "environment": set[str](),
    "values": set[str](),
    "settings": {"environment", "errors", "values"},
    "postgres": {"errors", "facts"},
    "database": {"errors"},
    "tables": {"database"},
    "piccolo_conf": {"database", "paths"},
    "migrate": {"database", "paths"},
    "services": {"meters", "errors", "settings", "facts", "postgres", "tables", "database", "migrate", "paths"},
    "jobs": {"meters", "errors", "settings", "facts", "services", "tables", "database"},
    "web": {"meters", "errors", "settings", "facts", "paths", "services", "tables"},
    "routes": {"errors", "settings", "facts", "services", "tables", "web"},
    "embedded": {"errors", "settings"},
    "listening": {"errors", "settings"},
}
TOP = {"app", "cli", "demo", "doctor", "serve"}
LIBRARIES = {
    "litestar": {"app", "routes", "web"},
    "asyncpg": {"postgres", "database", "demo"},
    "piccolo": {"tables", "services", "database", "migrate", "piccolo_conf"},
    "jinja2": {"web", "services"},
    "sqlparse": {"web"},
    "uvicorn": {"serve"},
    "cryptography": {"services", "terraform"},
    "tf": {"terraform"},
    "grpc": {"terraform"},
    "argon2": {"services"},
    "prometheus_client": {"meters", "services"},
    "httpx": {"client"},
}
OF_SERVERS = re.compile(
    r"\b(CREATE|ALTER|DROP|REASSIGN|COMMENT ON|GRANT|REVOKE)\b.*\b(ROLE|DATABASE|PRIVILEGES|OWNED|CONNECT|MEMBER)\b"
    r"|\b(FROM|JOIN)\s+pg_\w+|\bpg_(terminate|cancel)_backend\b"
)
FILES = sorted(PACKAGE.rglob("*.py"))
PARTS = {file.relative_to(PACKAGE).with_suffix("").parts for file in FILES}


def named(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def part_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def imports(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, str]]:
    """Module and name; relative ones do not occur (ruff TID252 would say so)."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def ours(found: Iterator[tuple[str, str]]) -> set[tuple[str, ...]]:
    """The modules of this package that are meant, as paths: `from jellystone.services import teams` is one."""
    modules = set()
    for module, name in found:
        first, *rest = module.split(".")
        if first == "jellystone":
            exact = (*rest, name)
            modules.add(exact if exact in PARTS or (*exact, "__init__") in PARTS else tuple(rest))
    return modules - {()}


@pytest.mark.parametrize("file", [f for f in FILES if part_of(f) not in TOP], ids=named)
def test_a_module_uses_only_what_lies_below_it(file: Path) -> None:
    part = part_of(file)
    if part == "__init__":
        assert not ours(imports(ast.walk(tree(file))))
        return
    assert part in BELOW, f"say in this test what {part} may use"
    used = {module[0] for module in ours(imports(ast.walk(tree(file))))}
    assert used <= BELOW[part] | {part}


def test_nothing_below_uses_the_top() -> None:
    assert set.union(*BELOW.values()).isdisjoint(TOP | {"jobs", "routes"})


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_library_is_used_in_its_place_only(file: Path) -> None:
    for module, name in imports(ast.walk(tree(file))):
        library = module.split(".")[0]
        if library == "asyncpg" and part_of(file) == "services":
            assert name.endswith("Error"), "services may name asyncpg's exceptions and nothing else of it"
        elif library in LIBRARIES:
            assert part_of(file) in LIBRARIES[library], f"{library} does not belong here"


@pytest.mark.parametrize("file", [f for f in FILES if part_of(f) not in ("postgres", "embedded", "doctor")], ids=named)
def test_sql_for_managed_servers_stands_in_postgres_only(file: Path) -> None:
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            assert not OF_SERVERS.search(node.value), node.value


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_file_can_be_read_in_one_go(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= LONGEST, "split it by topic"


def test_no_module_is_called_after_nothing() -> None:
    assert not {name for module in PARTS for name in module} & {"utils", "util", "helpers", "manager", "common", "misc"}


def test_there_are_no_circles() -> None:
    """Among imports at module level: those in functions are there to break a circle, or to start quickly."""
    uses: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for file in FILES:
        module = tuple(p for p in file.relative_to(PACKAGE).with_suffix("").parts if p != "__init__")
        uses[module] = ours(imports(iter(tree(file).body))) - {module}
    done: set[tuple[str, ...]] = set()

    def visit(module: tuple[str, ...], way: list[tuple[str, ...]]) -> None:
        assert module not in way, " → ".join(".".join(step) for step in [*way, module])
        if module not in done:
            for used in sorted(uses.get(module, ())):
                visit(used, [*way, module])
            done.add(module)

    for module in uses:
        visit(module, [])
