"""How to reach a live service, as every command tells it that has the token."""

from __future__ import annotations

from ..wire import Access


def reach_lines(name: str, access: Access) -> list[str]:
    """The address, a command to copy, and the page of its API."""
    return [f"{name} is live: {access['url']}", *ask_lines(access["curl"], access["docs"])]


def ask_lines(curl: str, docs: str) -> list[str]:
    return [f"  {curl}", f"  Its API, to read and to try: {docs}"]
