"""From the path that the contents manager knows to the notebook's file.

The contents manager decides what exists and what may be seen; a path is only turned into a file after
it has said yes.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import ApiPath, to_os_path
from tornado.web import HTTPError

from jupyterlab_slipway.problems import Code, SlipwayProblem


async def find_notebook(contents_manager: Any, path: str) -> Path:
    """The absolute path of the notebook's file.

    Raises:
        SlipwayProblem: NOTEBOOK_MISSING, NOTEBOOK_UNREADABLE (no notebook), or UNSUPPORTED when notebooks
            of this server are no files.
    """
    if not path.endswith(".ipynb"):
        raise SlipwayProblem(
            Code.NOTEBOOK_UNREADABLE, f"{path} is not a notebook: its name does not end in .ipynb."
        )
    try:
        model = await ensure_async(contents_manager.get(path, content=False, type="notebook"))
    except HTTPError as error:
        if error.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
            raise SlipwayProblem(
                Code.NOTEBOOK_MISSING,
                f"There is no notebook {path} on this Jupyter server. Save it, then deploy again.",
            ) from None
        raise SlipwayProblem(
            Code.NOTEBOOK_UNREADABLE, f"{path} cannot be read: {error.log_message or error.reason}"
        ) from None
    # Cells run in the notebook's directory, so there has to be one.
    if not isinstance(contents_manager, FileContentsManager):
        raise SlipwayProblem(
            Code.UNSUPPORTED,
            f"The notebooks of this Jupyter server are no files ({type(contents_manager).__name__}), and the "
            "cells of a deployment run in their notebook's directory. Download the notebook and use "
            "`slipway deploy` where it is a file.",
        )
    return Path(to_os_path(ApiPath(model["path"]), str(contents_manager.root_dir)))


def shown_path(contents_manager: Any, notebook: str) -> str:
    """How the browser names a notebook: as the contents manager does where it lies below its root."""
    if isinstance(contents_manager, FileContentsManager):
        root = Path(contents_manager.root_dir)
        # the record may hold the path behind a link that leads to the root
        for directory in (root, root.resolve()):
            if Path(notebook).is_relative_to(directory):
                return Path(notebook).relative_to(directory).as_posix()
    return notebook
