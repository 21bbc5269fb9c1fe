"""What `terraform init` and `tofu init` look for: a folder that stands in for a registry.

What lies in it is the same on every machine and at every time, and so is its hash in the lock file, which people keep
with their configuration. Where this machine has Jellystone stands elsewhere: see `LAUNCHER`.
"""

import os
import platform
import re
import sys
from pathlib import Path

from jellystone import __version__

SOURCE = "jellystone.local/jellystone/jellystone"
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i686": "386", "armv7l": "arm"}
LAUNCHER = """#!/bin/sh
# Terraform and OpenTofu start this. `jellystone terraform install` has noted which Python has Jellystone; where
# there is no note, the program is looked for as any other.
note="${XDG_DATA_HOME:-$HOME/.local/share}/jellystone/terraform-provider"
if [ -r "$note" ] && read -r python < "$note" && [ -x "$python" ]; then
  exec "$python" -P -m jellystone.terraform.program "$@"
fi
if command -v terraform-provider-jellystone > /dev/null; then
  exec terraform-provider-jellystone "$@"
fi
echo "Install jellystone[terraform], then run: jellystone terraform install" >&2
exit 1
"""


def usual_folder() -> Path:
    """Where both look by themselves."""
    return Path.home() / ".terraform.d" / "plugins"


def install(folder: Path) -> Path:
    """Lay it out below `folder`, and note which Python it was. Returns the program."""
    program = folder / SOURCE / version() / machine() / f"terraform-provider-jellystone_v{version()}"
    program.parent.mkdir(parents=True, exist_ok=True)
    _write(program, LAUNCHER)
    program.chmod(0o755)
    place = note()
    place.parent.mkdir(parents=True, exist_ok=True)
    _write(place, f"{sys.executable}\n")
    return program


def note() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "jellystone" / "terraform-provider"


def version() -> str:
    """Ours as Terraform counts: 1.2.0rc1 is 1.2.0-rc1."""
    return re.sub(r"^(\d+\.\d+\.\d+)\.?([a-z].*)$", r"\1-\2", __version__)


def machine() -> str:
    """Such as linux_amd64."""
    kind = platform.machine().lower()
    return f"{platform.system().lower()}_{MACHINES.get(kind, kind)}"


def _write(file: Path, text: str) -> None:
    """At once, for it may be in use."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(file)
