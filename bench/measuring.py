"""Taking turns, medians, and tables."""

import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median, quantiles

Work = Callable[[], Awaitable[object]]


async def timed(work: Work) -> float:
    """In milliseconds."""
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


async def taking_turns(works: dict[str, Work], times: int, *, warm_up: int = 3) -> dict[str, list[float]]:
    """Milliseconds by name. Each round begins with another one, so that none profits from its place."""
    found: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for turn in range(warm_up + times):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            took = await timed(works[name])
            if turn >= warm_up:
                found[name].append(took)
    return found


def spread(took: Sequence[float]) -> tuple[float, float, float]:
    """Median, and the quartiles around it."""
    low, _, high = quantiles(took, n=4) if len(took) > 1 else (took[0], took[0], took[0])
    return median(took), low, high


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' own ratios: what the machine did meanwhile, it did to both."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def compared(found: dict[str, list[float]], of: dict[str, str]) -> str:
    """A table of all; `of` names what each is measured against."""
    rows = []
    for name, took in found.items():
        middle, low, high = spread(took)
        other = of.get(name)
        ratio = [f"{middle / median(found[other]):.2f}", f"{paired(took, found[other]):.2f}"] if other else ["", ""]
        rows.append([name, f"{middle:.2f}", f"{low:.2f} to {high:.2f}", *ratio, other or ""])
    return table(["", "median ms", "quartiles", "ratio", "by round", "against"], rows)
