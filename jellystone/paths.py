"""Where templates, static files and migrations are: top-level in a checkout, inside the package in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    for base in (PACKAGE / "_data", PACKAGE.parent):
        if (folder := base / name).is_dir():
            return folder
    raise RuntimeError(f"{name}/ was found neither inside nor beside {PACKAGE}.")


TEMPLATES = _folder("templates")
STATIC = _folder("static")
MIGRATIONS = _folder("migrations")
