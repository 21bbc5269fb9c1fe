"""What holds for every line of the package."""

import ast
from pathlib import Path

import jellystone.postgres

FILES = sorted(Path(jellystone.postgres.__file__).parent.glob("*.py"))


def test_nothing_is_sent_through_execute() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("execute", "executemany", "copy_to_table"), f"{file.name}:{node.lineno}"


def test_the_package_knows_only_errors_facts_and_asyncpg() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("jellystone"):
                    assert name.split(".")[1] in ("errors", "facts", "postgres"), f"{file.name}: {name}"
                assert not name.startswith(("piccolo", "litestar")), f"{file.name}: {name}"
