"""What all routes share: the resource they guard, threads for blocking work, failures with their problem."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError

from jupyterlab_slipway.problems import SlipwayProblem

from .statuses import failure, problem_of_status, status_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from .app import SlipwayExtension

AUTH_RESOURCE = "slipway"

P = ParamSpec("P")
T = TypeVar("T")


class SlipwayHandler(ExtensionHandlerMixin, APIHandler):
    """A REST route.

    Its leaf classes decorate every verb with `@web.authenticated` and, inside, `@authorized`: the latter
    keeps the first class that it met, so verbs are never decorated here.
    """

    auth_resource = AUTH_RESOURCE

    @property
    def slipway(self) -> SlipwayExtension:
        return cast("SlipwayExtension", self.extensionapp)

    async def require_execute(self) -> None:
        """Also demands the permission to run code.

        Raises:
            HTTPError: 403.
        """
        if not await may_execute(self):
            raise HTTPError(403)

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what touches disk, locks or processes off the server's loop."""
        return await asyncio.to_thread(work, *args, **kwargs)

    def update_api_activity(self) -> None:
        """A panel that looks is no user at work: an idle server may be culled under it."""
        if self.request.method not in {"GET", "HEAD"}:
            super().update_api_activity()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every failure has the body of `wire.Failure`; faults of ours show no traceback."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, SlipwayProblem):
            problem = error.as_problem()
            self.set_status(status_of(problem))
        else:
            signed_in = bool(getattr(self, "_jupyter_current_user", None))
            detail = error.log_message or "" if isinstance(error, HTTPError) else ""
            problem = problem_of_status(status_code, signed_in=signed_in, detail=detail)
        self.finish(failure(problem))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if isinstance(value, SlipwayProblem):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(typ, value, tb)


class UnknownHandler(SlipwayHandler):
    """Every other address below `slipway/`: 404, with a problem like all failures."""

    async def prepare(self, **kwargs: Any) -> None:
        await super().prepare(**kwargs)
        raise HTTPError(404, "Slipway has nothing at this address.")


async def may_execute(handler: Any) -> bool:
    """Whether the user of this request may run code through Slipway."""
    return bool(
        await ensure_async(
            handler.authorizer.is_authorized(handler, handler.current_user, "execute", AUTH_RESOURCE)
        )
    )
