"""Faults under load, in full: what the service makes of them, and how fast.

    python benchmarks/chaos [--quick] [--part NAME …]

Real services on loopback, one for each part; the campaigns are those of server_ext/tests/campaigns, whose
small form `pytest server_ext/tests/test_runtime_faults.py` asserts. Exit code 1 where an aim was not reached.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "server_ext" / "tests"))

from aims import Aim, all_reached, print_aims
from parts import PARTS, Size
from runtime_fixtures import Services


def _options() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="benchmarks/chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be repeated")
    parser.add_argument("--quick", action="store_true", help="a twentieth of each: to see that all works")
    return parser.parse_args()


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _run(part: Callable[[Services, Size], list[Aim]], size: Size) -> list[Aim]:
    home = Path(tempfile.mkdtemp(prefix="slip")).resolve()  # short: paths of Unix sockets end at 100 bytes
    services = Services(home)
    try:
        return part(services, size)
    finally:
        services.close()
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _interrupted)  # whatever ends us, the services end first
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a thousand slow clients, on both sides
    size = Size(0.05 if options.quick else 1.0)
    aims: list[Aim] = []
    for name, part in PARTS.items():
        if options.part and name not in options.part:
            continue
        print(f"\n{name}: {(part.__doc__ or '').splitlines()[0]}", flush=True)
        try:
            aims += _run(part, size)
        except AssertionError as error:
            print(f"  {error}")
            aims.append(Aim(f"{name}: came to its end", 1, 0, unit=""))
    print_aims(aims)
    return int(not all_reached(aims))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
