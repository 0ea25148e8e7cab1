"""What the package index has, for fixes that write a version into a notebook."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyterlab_slipway.builder.newest import newest_versions

from .base import SlipwayHandler
from .requests import read_names, read_python

if TYPE_CHECKING:
    from jupyterlab_slipway.wire import PackageList


_ASKING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="slipway-index")


class PackagesHandler(SlipwayHandler):
    """`slipway/packages`"""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The newest version of each package named by `name`, for the Python named by `python`."""
        names = read_names(self.get_query_arguments("name"))
        python = read_python(self.get_query_argument("python", None))
        # A thread of its own: an index that is slow keeps nothing else of the server waiting.
        found = await asyncio.get_running_loop().run_in_executor(_ASKING, newest_versions, names, python)
        answer: PackageList = {"packages": found}
        self.finish(json.dumps(answer))
