"""A release comes back from a registry: as another deployment, which is stopped and started again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from container_hosts import Host

NAME = "pulled"


def served_here(host: Host, reference: str, answers: Callable[[str, str | None], bool]) -> None:
    """`reference` is by digest; `answers` tells whether a service, asked with a token, answers as the notebook did."""
    host.names.add(NAME)
    live = last_said(host, "pull", reference, "--name", NAME, "--engine", host.engine)
    assert (live["state"], live["release"]) == ("live", 1)
    assert answers(live["url"], live["token"])
    assert not answers(live["url"], None), "it wants the token"
    labels = host.image(NAME, 1)["Config"]["Labels"]
    assert (labels["slipway.deployment"], labels["slipway.release"]) == (NAME, "1")
    repository = reference.partition("@")[0]
    assert repository not in host.call("images", "--format", "{{.Repository}}").split()
    (view,) = [one for one in all_said(host, "ps") if one["name"] == NAME]
    assert (view["notebook"], view["releases"][0]["pulled"]) == (f"docker://{repository}", reference)

    assert host.slipway("stop", NAME).returncode == 0
    again = last_said(host, "start", NAME)
    assert (again["state"], again["release"], again["url"]) == ("live", 2, live["url"])
    assert answers(again["url"], again["token"])
    assert host.slipway("rm", NAME, "--force").returncode == 0
    host.names.remove(NAME)
    assert f"slipway/{NAME}" not in host.call("images", "--format", "{{.Repository}}").split()


def last_said(host: Host, *words: str) -> dict[str, Any]:
    return all_said(host, *words)[-1]


def all_said(host: Host, *words: str) -> list[dict[str, Any]]:
    done = host.slipway(*words, "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
