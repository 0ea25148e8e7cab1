"""The service beside its peers, on one notebook's model.

    python benchmarks/serving [--quick] [--server NAME …] [--part NAME …]

The seed's k-means example is built, and its model served on loopback by Slipway, by each peer in an
environment of its own, and, as the ceiling, by a granian that answers a constant. Each round starts one
server after the other, checks its answers against the notebook's own predictor, and loads it with wrk over
1 and over 32 connections. Printed are medians over the rounds, each figure divided by ours, and what of the
aims was reached. Exit code 1 where an aim was not reached, or an answer was wrong.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from platformdirs import user_cache_path

sys.path.insert(0, str(Path(__file__).parents[1]))

from aims import Aim, all_reached, print_aims
from comparison import compare
from environments import build
from load import require_wrk
from ours import measure_batch, measure_memory, measure_start
from peers import CONTENDERS
from report import comparison_aims, print_comparison

ROOT = Path(__file__).parents[2]
PARTS = ("compare", "batch", "memory", "start")


def _options() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="benchmarks/serving", description=__doc__.splitlines()[0])
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument(
        "--server", action="append", choices=keys, help="only this one; may be repeated (default: all)"
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--seconds", type=float, default=5, help="of load, each time (default 5)")
    parser.add_argument(
        "--quick", action="store_true", help="one round of two seconds: to see that all works"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=user_cache_path("slipway") / "benchmarks",
        help="where environments are kept (default %(default)s)",
    )
    return parser.parse_args()


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    options = _options()
    require_wrk()
    signal.signal(signal.SIGTERM, _interrupted)  # whatever ends us, the servers end first
    rounds, seconds = (1, 2.0) if options.quick else (options.rounds, options.seconds)
    parts = options.part or list(PARTS)
    aims: list[Aim] = []
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as scratch:
        bundle = build(ROOT / "examples" / "kmeans.ipynb", Path(scratch, "bundle"), options.cache)
        if "compare" in parts:
            chosen = [one for one in CONTENDERS if not options.server or one.key in options.server]
            found = compare(chosen, bundle, options.cache, rounds, seconds)
            print(f"rounds: {rounds}, {seconds:g} s of load each; medians")
            print_comparison(found)
            aims += comparison_aims(found)
            wrong += sum(one.wrong for one in found.values())
        if "batch" in parts:
            batch = measure_batch(bundle, rounds, seconds)
            print(f"\n/predict/batch: {batch.at_once:,.0f} samples/s in one request of 100,000, ", end="")
            print(f"{batch.one_by_one:,.0f} one by one; {batch.wrong} wrong")
            wrong += batch.wrong
            figure = "/predict/batch: 100,000 samples in one request against one by one"
            aims.append(Aim(figure, 100, batch.at_once / batch.one_by_one))
        if "start" in parts:
            ready, plain = measure_start(bundle, max(3, rounds))
            print(f"\nstart to ready {ready:.2f} s, loading the model in a plain interpreter {plain:.2f} s")
            figure = "start to ready, beyond importing the model's own libraries"
            aims.append(Aim(figure, 0.7, ready - plain, at_least=False, unit="s"))
    if "memory" in parts:
        one, four = measure_memory(options.cache)
        print(
            f"\na model of 500 MB: {one / 1e6:,.0f} MB with one worker, {four / 1e6:,.0f} MB with four (PSS)"
        )
        aims.append(Aim("four workers' memory against one worker's", 1.5, four / one, at_least=False))
    print_aims(aims)
    return int(wrong > 0 or not all_reached(aims))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
