"""The exit codes. `docs/cli.md` lists them."""

SUCCESS = 0
FAILED = 1
USAGE = 2
"""Given by argparse."""
CANCELLED = 130
