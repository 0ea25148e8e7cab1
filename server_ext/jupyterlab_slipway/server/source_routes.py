"""How a notebook stands to the last commit of its repository, for the panel."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.sources.working_tree import describe

from .base import SlipwayHandler
from .notebook_path import find_notebook
from .requests import read_path

if TYPE_CHECKING:
    from pathlib import Path

    from jupyterlab_slipway.sources.working_tree import WorkingTree
    from jupyterlab_slipway.wire import SourceAnswer, WorkingTreeView


_LOOKING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="slipway-git")


class SourceHandler(SlipwayHandler):
    """`slipway/source`"""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """What git says of the notebook at `path`; null where it lies in no repository."""
        answer: SourceAnswer = {"source": None}
        notebook = await self._file_of(read_path(self.get_query_argument("path", "")))
        if notebook is not None:
            # Threads of its own: a repository in which git takes long keeps nothing else waiting.
            tree = await asyncio.get_running_loop().run_in_executor(_LOOKING, describe, notebook)
            answer["source"] = view_of(tree) if tree is not None else None
        self.finish(json.dumps(answer))

    async def _file_of(self, path: str) -> Path | None:
        """None where notebooks are no files, and so in no repository.

        Raises:
            SlipwayProblem: NOTEBOOK_MISSING, NOTEBOOK_UNREADABLE.
        """
        try:
            return await find_notebook(self.contents_manager, path)
        except SlipwayProblem as problem:
            if problem.code is Code.UNSUPPORTED:
                return None
            raise


def view_of(tree: WorkingTree) -> WorkingTreeView:
    """The same without where the repository lies on this machine."""
    return {
        "repository": tree.repository,
        "revision": tree.revision,
        "branch": tree.branch,
        "subject": tree.subject,
        "committed": tree.committed,
        "path": tree.path,
        "differs": tree.differs,
        "untracked": tree.untracked,
        "dirty": tree.dirty,
    }
