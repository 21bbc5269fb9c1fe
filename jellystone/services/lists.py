"""Which part of a list is asked for."""

from dataclasses import dataclass
from typing import TypeVar

from jellystone.facts.lists import Listing

T = TypeVar("T")


@dataclass(frozen=True)
class Slice:
    """`page` counts from 1; `per_page` is at most 200."""

    page: int = 1
    per_page: int = 50

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    def of(self, items: list[T], total: int) -> Listing[T]:
        """A listing without `next`, which only the one who knows addresses can fill in."""
        return Listing(items=items, total=total, page=self.page, per_page=self.per_page)


ALL = Slice(per_page=1_000_000)


def like(text: str) -> str:
    """A pattern for ILIKE that finds `text` anywhere, its wildcards taken literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
