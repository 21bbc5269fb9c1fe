"""A part of a longer list."""

from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

T = TypeVar("T")


class Choice(Struct):
    """What can be chosen in a form: its id, and its name for people."""

    id: str
    name: str


class Listing(Struct, Generic[T], kw_only=True):
    """`total` counts what matches on all pages; `next` is the address of the following page, or null on the last."""

    items: list[T]
    total: Annotated[int, Meta(examples=[123])]
    page: int = 1
    per_page: int = 50
    next: Annotated[str | None, Meta(examples=["/databases?page=2&per_page=50"])] = None

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))
