"""The logs of phases: bulk text that the browser reads by offset, as `log` events tell it to."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast, get_args

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.wire import Phase

from .base import SlipwayHandler
from .requests import read_whole

CHUNK_LIMIT = 1024 * 1024
"""Bytes of one answer at most."""

PHASES = frozenset(get_args(Phase))


class LogHandler(SlipwayHandler):
    """`slipway/deployments/{name}/releases/{release}/logs/{phase}?offset=N[&limit=M]`

    Answers with the bytes from `offset` on: UTF-8 text that may begin and end within a character, so the
    browser decodes across answers. `Slipway-Log-Size` is the size of the whole log at this moment.
    """

    @web.authenticated
    @authorized
    async def get(self, name: str, release: str, phase: str) -> None:
        offset = read_whole("offset", self.get_query_argument("offset", "0"))
        limit = read_whole("limit", self.get_query_argument("limit", str(CHUNK_LIMIT)))
        if phase not in PHASES:
            raise SlipwayProblem(
                Code.DEPLOYMENT_UNKNOWN,
                f"There is no phase {phase!r}; phases are {', '.join(get_args(Phase))}.",
            )
        content, size = await self.in_thread(
            self.slipway.deployments.read_log,
            name,
            int(release),
            cast("Phase", phase),
            offset,
            min(limit, CHUNK_LIMIT),
        )
        self.set_status(HTTPStatus.OK)
        self.set_header("Slipway-Log-Size", str(size))
        self.set_header("Cache-Control", "no-store")
        self.finish(content, set_content_type="text/plain; charset=utf-8")
