"""Where clusters live for as long as a test does: to make and drop databases is mostly to make and drop files."""

import os
import shutil
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 6 << 30


@cache
def place() -> Path | None:
    """In memory, where there is room for all workers and programs may be started there; None: where others are."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    forbidden = os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return None if forbidden or shutil.disk_usage(MEMORY).free < ENOUGH else MEMORY
