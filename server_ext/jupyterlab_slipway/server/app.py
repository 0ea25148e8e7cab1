"""The extension itself: its settings, what it holds, and its routes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, List, Unicode

from jupyterlab_slipway import __version__
from jupyterlab_slipway.deployments.manager import Deployments

from .feed import Feed
from .routes import routes
from .views import Views

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


class SlipwayExtension(ExtensionApp):
    """Deploys notebooks as services, from JupyterLab."""

    name = "jupyterlab_slipway"
    description = "Deploys notebooks as tested services."
    version = __version__
    # `jupyter server` loads everything else; JupyterLab is not ours to open
    load_other_extensions = True
    extension_url = "/lab"

    default_engine = Unicode(
        "",
        config=True,
        help="The engine of new deployments that name none (`slipway engines` lists them). "
        "Empty: the one that SLIPWAY_ENGINE names, else the first one that works on this machine.",
    )
    cell_timeout = Float(
        3600.0,
        min=1.0,
        config=True,
        help="Seconds that one cell may take where the request does not say.",
    )
    allowed_environment = List(
        Unicode(),
        default_value=["*"],
        config=True,
        help="Names (with * and ?) of the server's environment variables that a deployment may let through "
        "to its cells. Tokens of Jupyter itself never pass.",
    )
    source_builds = Bool(
        True,
        config=True,
        help="Whether packages may be built from source, which runs code of theirs, where no Python at hand "
        "has wheels of all that a notebook pins.",
    )
    poll_interval = Float(
        0.2,
        min=0.02,
        config=True,
        help="Seconds between two looks at the records while a browser listens.",
    )
    process_interval = Float(
        2.0,
        min=0.1,
        config=True,
        help="Seconds between two looks for builders and services whose process has vanished.",
    )

    deployments: Deployments
    views: Views
    feed: Feed

    def initialize_settings(self) -> None:
        """Makes what the handlers share; nothing runs until a browser listens."""
        self.deployments = Deployments()
        self.views = Views(self.deployments.records, self.settings["contents_manager"])
        self.feed = Feed(
            self.views,
            self.log,
            interval=self.poll_interval,
            process_interval=self.process_interval,
        )

    def initialize_handlers(self) -> None:
        self.handlers.extend(routes())

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:  # noqa: ARG002
        """Builds and services outlive the Jupyter server: finds those of an earlier one again."""
        try:
            await asyncio.to_thread(self.deployments.reattach)
        except Exception:
            self.log.exception("Slipway could not look through its records")

    async def stop_extension(self) -> None:
        """Ends what runs in this process; builds and services go on."""
        await self.feed.close()

    def current_activity(self) -> dict[str, Any] | None:
        """Builds under way: a server that shuts down when idle is not idle while there are any."""
        return self.views.builds_under_way() or None
