"""`python -m bench`: see the package's own words."""

import argparse
import asyncio
import os

import uvloop

import bench
from bench import collecting, creating, listing, signing_in, storing, terraforming

BENCHES = {
    "create": (creating.run, 40),
    "list": (listing.run, 200),
    "sign-in": (signing_in.run, 400),
    "terraform": (terraforming.run, 3),
    "collect": (collecting.run, 20),
    "store": (storing.run, 10),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=bench.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", choices=list(BENCHES))
    parser.add_argument("--times", type=int)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=8)
    given = parser.parse_args()
    run, usual = BENCHES[given.bench]
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(given.times or usual, given))
    print(f"Load after: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
