"""`slipway/events`: the WebSocket on which a browser hears what happens.

The browser opens with its cursor (`wire.CursorMessage`) and then only listens (`wire.StreamMessage`). When it
comes back after a lost connection with the cursor it had, it misses nothing and hears nothing twice.
Messages hold what the panel shows: no token, no value of an environment variable.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from jupyterlab_slipway.problems import SlipwayProblem

from .base import AUTH_RESOURCE, may_execute
from .follower import Follower
from .requests import read_cursor

if TYPE_CHECKING:
    from jupyterlab_slipway.wire import StreamMessage

    from .app import SlipwayExtension

# Close codes of RFC 6455; the browser reconnects after TRY_AGAIN and INTERNAL_ERROR.
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
TRY_AGAIN = 1013

FIRST_MESSAGE_TIMEOUT = 30.0
"""Seconds a browser has to send its cursor."""
SEND_TIMEOUT = 30.0
"""Seconds after which a browser that takes nothing is let go."""


def close_reason(sentence: str) -> str:
    """At most the 123 bytes that fit in a close frame."""
    return sentence.encode()[:123].decode(errors="ignore")


class EventsSocket(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    auth_resource = AUTH_RESOURCE

    _following: asyncio.Task[None] | None = None
    _deadline: asyncio.TimerHandle | None = None

    @property
    def slipway(self) -> SlipwayExtension:
        return cast("SlipwayExtension", self.extensionapp)

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        # As everywhere on a Jupyter server, a WebSocket needs the permission to execute.
        if not await may_execute(self):
            raise HTTPError(403)
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        super().open(*args, **kwargs)
        self._deadline = asyncio.get_running_loop().call_later(
            FIRST_MESSAGE_TIMEOUT,
            self.close,
            POLICY_VIOLATION,
            "The cursor, the first message, did not come.",
        )

    def on_message(self, message: str | bytes) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._following is not None:
            self.close(POLICY_VIOLATION, "After the cursor, this stream takes no message.")
            return
        try:
            cursor = read_cursor(message)
        except SlipwayProblem as problem:
            self.close(POLICY_VIOLATION, close_reason(problem.message))
            return
        follower = Follower(self.slipway.feed, cursor, self._send)
        self._following = asyncio.create_task(self._follow(follower), name="slipway-stream")

    def on_close(self) -> None:
        super().on_close()
        if self._deadline is not None:
            self._deadline.cancel()
        if self._following is not None:
            self._following.cancel()

    async def _follow(self, follower: Follower) -> None:
        try:
            await follower.run()
        except WebSocketClosedError:
            pass
        except TimeoutError:
            self.close(TRY_AGAIN, "This connection is too slow; continue with the cursor.")
        except Exception:
            self.log.exception("The stream of Slipway's events broke")
            self.close(INTERNAL_ERROR, "The stream broke; the Jupyter server's log says why.")

    async def _send(self, message: StreamMessage) -> None:
        # Done when the message has left for the network: this is what holds a follower back.
        await asyncio.wait_for(self.write_message(json.dumps(message)), SEND_TIMEOUT)
