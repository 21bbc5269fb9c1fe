"""How long pages take while people sign in as fast as they can."""

import argparse
import asyncio
from contextlib import suppress
from itertools import count
from statistics import median, quantiles

from bench.client import Client
from bench.listing import HTML
from bench.measuring import table, timed
from bench.world import PASSWORD, World, world

PEOPLE = 4
ADDRESSES = count()


async def run(times: int, given: argparse.Namespace) -> None:
    """The storm comes through a proxy that we trust, from ever new addresses: else the throttle would end it."""
    async with world(JELLYSTONE_TRUSTED_PROXIES="127.0.0.1") as park, park.client(accept=HTML) as browser:
        quiet: list[float] = []
        stormy: list[float] = []
        signed_in = 0
        for _ in range(20):
            await browser.send("GET", "/teams")
        for turn in range(4):
            entered: list[int] = []
            storm = [asyncio.create_task(_sign_in(park, entered)) for _ in range(PEOPLE if turn % 2 else 0)]
            await asyncio.sleep(0.3)
            kept = stormy if turn % 2 else quiet
            for _ in range(times // 2):
                kept.append(await timed(lambda: browser.send("GET", "/teams")))
                await asyncio.sleep(0.005)
            for task in storm:
                task.cancel()
            for task in storm:
                with suppress(asyncio.CancelledError):
                    await task
            signed_in += len(entered)
    rows = [
        [name, f"{median(took):.2f}", f"{_p99(took):.2f}", f"{_p99(took) / _p99(quiet):.2f}"]
        for name, took in {"quiet": quiet, f"while {PEOPLE} sign in": stormy}.items()
    ]
    print(table(["A page", "median ms", "99th percentile", "ratio"], rows))
    print(f"{signed_in} people signed in meanwhile.")


def _p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98]


async def _sign_in(park: World, entered: list[int]) -> None:
    person = {"email": "yogi@park.example", "password": PASSWORD}
    async with Client(park.url) as browser:
        while True:
            number = next(ADDRESSES)
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            await browser.send("POST", "/session", person, expect=201, more=f"x-forwarded-for: {address}\r\n")
            entered.append(number)
