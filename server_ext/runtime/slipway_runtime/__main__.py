"""`python -m slipway_runtime COMMAND`: `serve`, and what an image of Slipway's has besides."""

from __future__ import annotations

import sys

from . import container


def main() -> int:
    words = sys.argv[1:]
    if words == ["control"]:
        return container.converse(sys.stdin.buffer, sys.stdout.buffer)
    if words == ["healthy"]:
        return container.healthy()
    from . import serving  # heavy

    return serving.main(words)


if __name__ == "__main__":
    sys.exit(main())
