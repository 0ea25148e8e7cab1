"""`slipway pull`"""

from __future__ import annotations

import argparse
from typing import Any

from ..builder.cancellation import Cancelled
from ..builder.provenance import commit_words
from ..deployments import pulling
from ..deployments.manager import Deployments
from ..engines.containers.engine import ContainerEngine
from ..engines.containers.naming import shown
from ..engines.containers.pulling import Fetched
from ..engines.registry import image_engine
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from ..sizes import size_words
from .deploy import Interruption, close, follow
from .exits import CANCELLED, FAILED, SUCCESS
from .output import Output
from .push import PushDisplay

_WORDS = {"fetched": "fetched", "there": "is here already"}


def pull(options: argparse.Namespace, output: Output) -> int:
    facts = {"name": options.name, "release": None}
    cancellation = Cancellation()
    cancellation.install()
    try:
        deployments, engine = Deployments(), image_engine(options.engine)
        begun = _fetch(deployments, engine, options, output, cancellation)
    except Cancelled:
        problem = SlipwayProblem(Code.CANCELLED, "The pull was cancelled; nothing of it is left here.")
        close(output, {**facts, "state": "cancelled"}, problem.as_problem())
        return CANCELLED
    except SlipwayProblem as problem:
        close(output, {**facts, "state": "failed"}, problem.as_problem())
        return FAILED
    if begun is None:
        return SUCCESS
    interruption = Interruption()
    interruption.requested = cancellation.requested
    return follow(deployments, *begun, output, interruption)


def _fetch(
    deployments: Deployments,
    engine: ContainerEngine,
    options: argparse.Namespace,
    output: Output,
    cancellation: Cancellation,
) -> tuple[str, int] | None:
    """(deployment, release) that has begun; None where the image was only to be fetched."""
    shown = PushDisplay(output, _WORDS)
    try:
        with engine.fetch(options.image, shown.layer, keep=options.no_start) as fetched:
            shown.close()
            _tell(fetched, output)
            if options.no_start:
                return None
            cancellation.shield()  # from here on it is a release, which is cancelled in its own way
            return deployments.adopt(engine, fetched, options.name)
    except BaseException:
        shown.close()
        raise


def _tell(fetched: Fetched, output: Output) -> None:
    source = pulling.source(fetched)
    facts: dict[str, Any] = {
        "image": fetched.reference,
        "title": pulling.title(fetched),
        "python": shown(fetched.manifest["python"]["version"]),
        "slipway": shown(fetched.version),
        "bytes": fetched.size,
        "samples": fetched.manifest["samples"]["count"],
        "source": source,
    }
    output.json({"kind": "image", **facts})
    output.line(f"{fetched.reference}")
    words = [
        f"the service of {pulling.title(fetched)}",
        f"Python {facts['python']}",
        f"{facts['samples']} recorded samples",
        size_words(fetched.size),
        f"made by Slipway {facts['slipway']}",
    ]
    if source is not None:
        words.append(f"commit {commit_words(source)}{' with changes' if source['dirty'] else ''}")
    output.line(f"  {', '.join(words)}")
