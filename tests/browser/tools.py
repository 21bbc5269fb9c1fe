"""The browser and the accessibility checker of this machine, which tests need and nothing else does.

The headless shell of Chromium is the same engine without the windows around it, and takes a third less time; where
there is none, Chromium or Chrome itself does.

`JELLYSTONE_TEST_AXE` is the path of axe-core's `axe.min.js`; by default it is looked for where
`npm install --prefix build axe-core` puts it. With `JELLYSTONE_TEST_REQUIRE=1` both must be there; without it tests are
skipped where something is missing. With `JELLYSTONE_TEST_PICTURES=1` pictures of every page are left in
`artifacts/screenshots`.
"""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("JELLYSTONE_TEST_REQUIRE") == "1"
PICTURES = os.environ.get("JELLYSTONE_TEST_PICTURES") == "1"
SCREENSHOTS = ROOT / "artifacts" / "screenshots"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def chromium() -> str | None:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def axe() -> Path | None:
    file = Path(os.environ.get("JELLYSTONE_TEST_AXE", ROOT / "build/node_modules/axe-core/axe.min.js"))
    return file if file.exists() else None


def missing() -> str:
    """What is not on this machine, in words; empty if nothing."""
    lacks = [] if chromium() else ["Chromium"]
    lacks += [] if axe() else ["axe-core (npm install --prefix build axe-core)"]
    return " and ".join(lacks)
