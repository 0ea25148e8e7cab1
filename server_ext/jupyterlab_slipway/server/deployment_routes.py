"""The deployments: list, create, look, stop, remove, and how to call one."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyterlab_slipway.deployments.manager import DeployRequest
from jupyterlab_slipway.problems import Code, SlipwayProblem

from .base import SlipwayHandler
from .notebook_path import find_notebook
from .requests import read_deployment_request, read_flag, read_start_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyterlab_slipway.wire import DeploymentList


class DeploymentsHandler(SlipwayHandler):
    """`slipway/deployments`"""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """All deployments, by name."""
        answer: DeploymentList = {"deployments": await self.in_thread(self.slipway.views.views)}
        self.finish(json.dumps(answer))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """A new release of a notebook's deployment, and the deployment where there is none yet."""
        await self.require_execute()
        request = read_deployment_request(self.request.body)
        check_environment(request.get("env", []), self.slipway.allowed_environment)
        notebook = await find_notebook(self.contents_manager, request["path"])
        asked = DeployRequest(
            notebook=notebook,
            name=request.get("name"),
            engine=request.get("engine") or None,
            default_engine=self.slipway.default_engine or None,
            sample=request.get("sample"),
            cell_timeout=request.get("timeout", self.slipway.cell_timeout),
            pass_environment=tuple(request.get("env", [])),
            accept_nondeterministic=request.get("accept_nondeterministic", False),
            keep=tuple(request.get("keep", [])),
            slim=request.get("slim", True),
            source_builds=self.slipway.source_builds,
            commit=request.get("commit"),
        )
        name, _ = await self.in_thread(self.slipway.deployments.deploy, asked)
        self.slipway.feed.nudge()
        view = await self.in_thread(self.slipway.views.view_of, name)
        self.set_status(HTTPStatus.CREATED)
        self.set_header(
            "Location", url_path_join(self.base_url, "slipway", "deployments", quote(view["name"], safe=""))
        )
        self.finish(json.dumps(view))


class DeploymentHandler(SlipwayHandler):
    """`slipway/deployments/{name}`"""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        self.finish(json.dumps(await self.in_thread(self.slipway.views.view_of, name)))

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Removes it with all its releases; one that is live only with `force`."""
        force = read_flag("force", self.get_query_argument("force", "false"))
        await self.in_thread(self.slipway.deployments.remove, name, force=force)
        self.slipway.feed.nudge()
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class StartHandler(SlipwayHandler):
    """`slipway/deployments/{name}/start`"""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """A new release that serves the build of an earlier one; the deployment as it then stands."""
        await self.require_execute()
        request = read_start_request(self.request.body)
        await self.in_thread(self.slipway.deployments.start, name, request.get("release"))
        self.slipway.feed.nudge()
        self.set_status(HTTPStatus.CREATED)
        self.finish(json.dumps(await self.in_thread(self.slipway.views.view_of, name)))


class StopHandler(SlipwayHandler):
    """`slipway/deployments/{name}/stop`"""

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Cancels the build, or ends the service; answers with the deployment as it then stands."""
        view = await self.in_thread(self.slipway.deployments.stop, name)
        self.slipway.feed.nudge()
        self.finish(json.dumps(await self.in_thread(self.slipway.views.shown, view)))


class AccessHandler(SlipwayHandler):
    """`slipway/deployments/{name}/access`"""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Address and token. Whoever has them runs the notebook's code, so this needs `execute` too."""
        await self.require_execute()
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(await self.in_thread(self.slipway.deployments.access, name)))


def check_environment(names: Iterable[str], allowed: Iterable[str]) -> None:
    """
    Raises:
        SlipwayProblem: REQUEST_INVALID, when the server's configuration does not let a name through.
    """
    patterns = list(allowed)
    for name in names:
        if not any(fnmatchcase(name, pattern) for pattern in patterns):
            raise SlipwayProblem(
                Code.REQUEST_INVALID,
                f"The environment variable {name} may not be passed to cells on this Jupyter server "
                "(SlipwayExtension.allowed_environment). Leave it out, or ask whoever runs the server.",
            )
