"""`install.py TOOLS TARGET`: installs the builder and the HTTP server within an image build.

Runs as an ordinary user, with the Python of the tools image, from 3.11 on; standard library only. TOOLS holds
`plan.json` (`engines/containers/build_inputs.py`) and our packages. Below TARGET come:

    python/   an interpreter that needs nothing of the image it runs in; empty where the base image's will do
    tools/    environment of the builder
    front/    environment of the HTTP server, and `run`, which starts `slipway_runtime`

The interpreter brings its own dynamic loader and all shared libraries, because the model's base image may
have an older C library than it was built for: `ld.so --library-path` finds them without a word in the
environment, so that no other program sees them (https://man7.org/linux/man-pages/man8/ld.so.8.html).
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

CACHE = Path("/slipway/cache")
CA = Path("/run/secrets/ca")
INDEX = Path("/run/secrets/index")

_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__",
    "config-*",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtle.py",
    "turtledemo",
    "_test*.so",
    "_tkinter*.so",
)
_WRAPPER = """#!/bin/sh
exec {lib}/{loader} --library-path {lib} --argv0 "$0" {binary} "$@"
"""
_RUN = """#!/bin/sh
exec {python} -I -m slipway_runtime "$@"
"""


def main(tools: Path, target: Path) -> None:
    plan = json.loads((tools / "plan.json").read_text(encoding="utf-8"))
    os.umask(0o022)
    environment = settings()
    with tempfile.TemporaryDirectory() as scratch:
        uv = bootstrap(plan["uv"], Path(scratch), environment)
        bundled = target / "python"
        bundled.mkdir()
        python = Path(sys.executable) if plan["shared"] else copy_interpreter(bundled)
        front, builder = target / "front", target / "tools"
        for directory, requirements in (
            (front, plan["front_requirements"]),
            (builder, plan["builder_requirements"]),
        ):
            call([uv, "venv", "--quiet", "--no-project", "--python", python, directory], environment)
            listed = Path(scratch) / "requirements.txt"
            listed.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
            where: list[str | Path] = ["--python", directory / "bin" / "python"]
            call([uv, "pip", "install", "--quiet", *where, "--requirements", listed], environment)
        own(tools / "slipway_runtime", front, "slipway-runtime", plan["version"])
        own(tools / "slipway_runtime", builder, "slipway-runtime", plan["version"])
        own(tools / "jupyterlab_slipway", builder, "jupyterlab-slipway", plan["version"])
        if not plan["shared"]:
            copy_libraries(bundled, [front, builder])
        for directory in (front, builder, bundled):
            compile_all(directory, front / "bin" / "python")
    run = front / "run"
    run.write_text(_RUN.format(python=front / "bin" / "python"), encoding="utf-8")
    run.chmod(0o755)
    leave_python_alone(front)


def leave_python_alone(environment: Path) -> None:
    """Removes other programs, and what uv writes beside an environment."""
    for path in (environment / "bin").iterdir():
        if re.fullmatch(r"python[0-9.]*", path.name) is None:
            path.unlink()
    for name in (".gitignore", "CACHEDIR.TAG"):
        (environment / name).unlink(missing_ok=True)


def settings() -> dict[str, str]:
    """The environment of uv and pip."""
    environment = {
        **os.environ,
        "HOME": "/tmp",  # noqa: S108  the step's own
        "UV_CACHE_DIR": str(CACHE),
        "UV_LINK_MODE": "copy",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "NO_COLOR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
    }
    if INDEX.is_file():
        environment.update(json.loads(INDEX.read_text(encoding="utf-8") or "{}"))
    if CA.is_file() and CA.stat().st_size:
        environment.update({"SSL_CERT_FILE": str(CA), "PIP_CERT": str(CA)})
    if "UV_DEFAULT_INDEX" in environment:
        environment.setdefault("PIP_INDEX_URL", environment["UV_DEFAULT_INDEX"])
    return environment


def call(command: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run([str(word) for word in command], env=environment, check=False)
    if done.returncode != 0:
        name = Path(command[0]).name
        sys.exit(f"Error: {name} {command[1]} ended with {done.returncode}; its words are above.")


def bootstrap(version: str, scratch: Path, environment: dict[str, str]) -> Path:
    """uv, by the pip that the image has; by a new environment's where it has none."""
    directory = scratch / "uv"
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        call([sys.executable, "-m", "venv", scratch / "venv"], environment)
        pip = [str(scratch / "venv" / "bin" / "python"), "-m", "pip"]
    call([*pip, "install", "--quiet", "--target", directory, f"uv=={version}"], environment)
    return directory / "bin" / "uv"


def own(source: Path, environment: Path, name: str, version: str) -> None:
    """Puts a package of ours into an environment, with the metadata that tell its version."""
    packages = next((environment / "lib").glob("python3*")) / "site-packages"
    shutil.copytree(source, packages / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    metadata = packages / f"{source.name}-{version}.dist-info"
    metadata.mkdir()
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (metadata / "METADATA").write_text(text, encoding="utf-8")


def copy_interpreter(target: Path) -> Path:
    """This interpreter with its standard library, in `target`; the wrapper that starts it."""
    short = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    binary = target / "bin" / f"{short}.elf"
    binary.parent.mkdir()
    shutil.copy2(os.path.realpath(sys.executable), binary)
    shutil.copytree(sysconfig.get_path("stdlib"), target / "lib" / short, ignore=_LEFT_OUT)
    dynamic = Path(sysconfig.get_path("platstdlib")) / "lib-dynload"
    if not (target / "lib" / short / "lib-dynload").is_dir():
        shutil.copytree(dynamic, target / "lib" / short / "lib-dynload", ignore=_LEFT_OUT)
    loader = copy_libraries(target, [])
    wrapper = target / "bin" / short
    wrapper.write_text(
        _WRAPPER.format(lib=target / "lib" / "shared", loader=loader, binary=binary), encoding="utf-8"
    )
    wrapper.chmod(0o755)
    for name in ("python3", "python"):
        (target / "bin" / name).symlink_to(short)
    done = subprocess.run([wrapper, "-I", "-c", "import ssl"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(
            f"Error: the tools image's Python does not run from a copy of it: {done.stderr.strip()[-500:]}\n"
            f"Its C library is {'-'.join(platform.libc_ver()) or 'unknown'}; glibc 2.33 or newer is needed. "
            "Name another image in SLIPWAY_TOOLS_IMAGE."
        )
    return wrapper


def copy_libraries(target: Path, environments: list[Path]) -> str:
    """All shared libraries that interpreter and packages need from the image; the loader's file name."""
    shared = target / "lib" / "shared"
    shared.mkdir(exist_ok=True)
    loader = ""
    for file in elf_files([target, *environments]):
        for name, path in needed(file):
            if path.is_relative_to(target.parent):
                continue  # of a package itself
            if name.startswith("ld-"):
                loader = name
            if not (shared / name).exists():
                shutil.copyfile(path, shared / name)
                (shared / name).chmod(0o755)
    return loader


def elf_files(directories: list[Path]) -> list[Path]:
    found = []
    for directory in directories:
        for path in directory.rglob("*"):
            if path.is_file() and not path.is_symlink() and re.search(r"\.(so(\.\d+)*|elf)$", path.name):
                with path.open("rb") as file:
                    if file.read(4) == b"\x7fELF":
                        found.append(path)
    return found


def needed(file: Path) -> list[tuple[str, Path]]:
    """(name, where it is) of the libraries that `ldd` finds."""
    done = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False)
    found = []
    for line in done.stdout.splitlines():
        match = re.match(r"\s*(?:(\S+) => )?(/\S+) \(0x", line)
        if match:
            path = Path(match.group(2))
            found.append(((match.group(1) or path.name).rpartition("/")[2], path))
    return found


def compile_all(directory: Path, python: Path) -> None:
    """Byte code that does not ask for times of files, which change on the way into another image."""
    if not any(directory.rglob("*.py")):
        return
    options = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    command = [str(python), "-I", "-m", "compileall", *options, str(directory / "lib")]
    subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL
    )  # packages may hold files of other Pythons
    for path in list(directory.rglob("*")):
        if path.name == ".lock":
            path.unlink()  # uv's, for whoever installs at the same time
        elif not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod((mode | stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH) & ~(stat.S_IWGRP | stat.S_IWOTH))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
