"""A client made from the description by openapi-python-client, as a user would: written, imported and called."""

import importlib
import pkgutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

NAME = "generated_jellystone"


@dataclass
class Made:
    """The package that was written. Its modules are named by the tags and operation ids of the description."""

    package: ModuleType
    models: ModuleType

    @property
    def AuthenticatedClient(self) -> Any:
        return self.package.AuthenticatedClient

    def call(self, operation: str, **arguments: Any) -> Any:
        """What is read from the answer: a model, a Problem, or None where nothing is told."""
        return importlib.import_module(f"{NAME}.api.{operation}").sync(**arguments)


def client(description: dict[str, Any], *, at: Path) -> Made:
    """Write it below `at`, with nothing left out, and import every module of it."""
    (at / "openapi.json").write_bytes(msgspec.json.encode(description))
    (at / "config.yml").write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    options = ["--path", str(at / "openapi.json"), "--config", str(at / "config.yml"), "--output-path", str(at / NAME)]
    ran = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Warning" not in ran.stdout + ran.stderr, ran.stdout
    sys.path.insert(0, str(at))
    try:
        package = importlib.import_module(NAME)
        for module in pkgutil.walk_packages(package.__path__, f"{NAME}."):
            importlib.import_module(module.name)
    finally:
        sys.path.remove(str(at))
    written = {file.stem for file in (at / NAME / "api").glob("*/*.py")} - {"__init__"}
    assert len(written) == sum(len(item) for item in description["paths"].values())
    return Made(package, importlib.import_module(f"{NAME}.models"))
