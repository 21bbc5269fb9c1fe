"""A keyring for `keyring` that keeps its secrets in the file RING_FILE: a desktop's own needs a desktop."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class Ring(KeyringBackend):
    priority = 1

    @property
    def file(self) -> Path:
        return Path(os.environ["RING_FILE"])

    def _all(self) -> dict[str, str]:
        return dict(json.loads(self.file.read_text())) if self.file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.file.write_text(json.dumps(self._all() | {f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._all()
        del kept[f"{service} {username}"]
        self.file.write_text(json.dumps(kept))
