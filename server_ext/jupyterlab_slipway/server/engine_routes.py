"""The engines that this machine offers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import SlipwayHandler

if TYPE_CHECKING:
    from jupyterlab_slipway.wire import EngineList


class EnginesHandler(SlipwayHandler):
    """`slipway/engines`"""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        answer: EngineList = {
            "engines": await self.in_thread(
                self.slipway.deployments.engines, self.slipway.default_engine or None
            )
        }
        self.finish(json.dumps(answer))
