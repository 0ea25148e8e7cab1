"""Which address is answered by whom. The server puts its base URL in front."""

from __future__ import annotations

from typing import Any

from .base import UnknownHandler
from .deployment_routes import (
    AccessHandler,
    DeploymentHandler,
    DeploymentsHandler,
    StartHandler,
    StopHandler,
)
from .engine_routes import EnginesHandler
from .log_routes import LogHandler
from .package_routes import PackagesHandler
from .source_routes import SourceHandler
from .stream import EventsSocket

_NAME = r"(?P<name>[^/]+)"
_DEPLOYMENT = rf"/slipway/deployments/{_NAME}"


def routes() -> list[tuple[str, type[Any]]]:
    return [
        (r"/slipway/deployments/?", DeploymentsHandler),
        (rf"{_DEPLOYMENT}", DeploymentHandler),
        (rf"{_DEPLOYMENT}/start", StartHandler),
        (rf"{_DEPLOYMENT}/stop", StopHandler),
        (rf"{_DEPLOYMENT}/access", AccessHandler),
        (rf"{_DEPLOYMENT}/releases/(?P<release>[0-9]{{1,9}})/logs/(?P<phase>[^/]+)", LogHandler),
        (r"/slipway/engines", EnginesHandler),
        (r"/slipway/packages", PackagesHandler),
        (r"/slipway/source", SourceHandler),
        (r"/slipway/events", EventsSocket),
        (r"/slipway(?:/.*)?", UnknownHandler),
    ]
