"""Settings that fit each other, and the folder that nobody else may read."""

import stat
from pathlib import Path
from urllib.parse import urlsplit

from jellystone.doctor.finding import Finding
from jellystone.settings import Settings, is_loopback


def settings(given: Settings) -> list[Finding]:
    found = [Finding("ok", "settings", f"people reach us at {given.base_url}")]
    name = urlsplit(given.base_url).hostname or ""
    if not given.loopback and is_loopback(name):
        text = f"others can reach us, but links lead to {given.base_url}: set JELLYSTONE_BASE_URL."
        found.append(Finding("warn", "settings", text))
    elif not given.https and not is_loopback(name):
        text = "passwords travel unencrypted: put a proxy with TLS before us and make JELLYSTONE_BASE_URL https."
        found.append(Finding("warn", "settings", text))
    if given.https and not given.trusted_proxies:
        text = "all clients look like the proxy: name its address in JELLYSTONE_TRUSTED_PROXIES."
        found.append(Finding("warn", "settings", text))
    return found


def data_folder(given: Settings) -> list[Finding]:
    """Only the embedded PostgreSQL and the generated key live there."""
    if not given.embedded:
        return []
    folder, key = given.data_dir, given.data_dir / "secret-key"
    if not folder.exists():
        return [Finding("ok", "data folder", f"{folder} will be made by the first `jellystone serve`")]
    found = [_private(folder, "data folder", "700")]
    if given.secret_keys:
        found.append(Finding("ok", "secret key", "given by JELLYSTONE_SECRET_KEY"))
    elif key.exists():
        found.append(_private(key, "secret key", "600"))
    elif (folder / "postgres").exists():
        text = f"{key} is gone: put it back from your backup, or give its key in JELLYSTONE_SECRET_KEY."
        found.append(Finding("bad", "secret key", text))
    return found


def _private(path: Path, about: str, mode: str) -> Finding:
    try:
        open_to = stat.S_IMODE(path.stat().st_mode) & 0o077
    except OSError as error:
        return Finding("bad", about, f"{path}: {error.strerror}. Run this as the user who runs `jellystone serve`.")
    if open_to and path.is_file():
        return Finding("bad", about, f"others can read it: chmod {mode} {path}")
    if open_to:
        return Finding("warn", about, f"others can look into it: chmod {mode} {path}")
    return Finding("ok", about, f"{path}, closed to others")
