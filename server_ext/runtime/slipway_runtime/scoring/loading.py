"""From a bundle to the notebook's functions, in the interpreter of the model's environment.

Nothing is unpickled before format, interpreter, cloudpickle and digests were compared with the manifest.
"""

import functools
import hashlib
import linecache
import os
import pickle
import platform
import sys
from typing import Any, Dict, List, Optional

from .json_rules import own_json
from .left_out import left_out_words, note_left_out
from .single import Functions, own_traceback, said

FORMAT = 1  # of the bundle; equal to slipway_runtime.bundle.FORMAT

MISSING_ADVICE = "Add the package that brings it to requirements."


class LoadError(Exception):
    """The model cannot be loaded here; `str()` is a sentence that says why and what is wanted."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details  # the traceback of what the model's own code raised, for the log


def python_identity() -> Dict[str, str]:
    """What this interpreter is, in the manifest's terms."""
    return {
        "version": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": sys.platform,
        "machine": platform.machine(),
    }


def check_identity(wanted: Dict[str, str]) -> None:
    """Raises LoadError unless a pickle of `wanted` loads here: in another minor version its calls crash."""
    here = python_identity()
    said = "%s %s on %s %s"
    order = ("implementation", "version", "platform", "machine")
    same = all(wanted.get(name) == here[name] for name in ("implementation", "platform", "machine"))
    if not same or wanted["version"].split(".")[:2] != here["version"].split(".")[:2]:
        raise LoadError(
            "This model was captured by %s and cannot be loaded by %s. Serve it with the former, or build it "
            "again."
            % (said % tuple(wanted.get(name) for name in order), said % tuple(here[name] for name in order))
        )


def _check_format(manifest: Any) -> None:
    number = manifest["format"]
    if number > FORMAT:
        raise LoadError(
            "This bundle has format %s, and this Slipway reads formats up to %d. Use the Slipway that made "
            "it, or a newer one." % (number, FORMAT)
        )


def _read_checked(bundle: str, manifest: Dict[str, Any], name: str) -> bytes:
    path = os.path.join(bundle, name)
    size = (manifest["files"].get(name) or {}).get("size")
    if os.path.exists(path) and (not os.path.isfile(path) or os.path.getsize(path) != size):
        _compare(manifest, name, "")  # not even read: it may be endless
    with open(path, "rb") as file:
        content = file.read()
    _compare(manifest, name, hashlib.sha256(content).hexdigest())
    return content


def _check_modules(bundle: str, manifest: Dict[str, Any]) -> None:
    """Compares the digests of the modules and data files, which may be larger than memory."""
    for name in sorted(manifest["files"]):
        if name.startswith("modules/"):
            found = hashlib.sha256()
            with open(os.path.join(bundle, *name.split("/")), "rb") as file:
                for part in iter(functools.partial(file.read, 1 << 20), b""):
                    found.update(part)
            _compare(manifest, name, found.hexdigest())


def _refuse_unlisted(bundle: str, manifest: Dict[str, Any]) -> None:
    """Code below `modules/` that was not built would be imported as if it had been."""
    for parent, _, names in os.walk(os.path.join(bundle, "modules")):
        for name in names:
            place = os.path.relpath(os.path.join(parent, name), bundle).replace(os.sep, "/")
            if place not in manifest["files"] and name.endswith((".py", ".pyc", ".so", ".pyd")):
                raise LoadError(
                    "%s was not built: the manifest does not list it. Remove it, or build again." % place
                )


def _compare(manifest: Dict[str, Any], name: str, found: str) -> None:
    entry = manifest["files"].get(name) or {}
    if found != entry.get("sha256"):
        raise LoadError("%s is not the file that was built: its digest differs. Build it again." % name)


def _check_pickler(wanted: Optional[str], content: bytes) -> None:
    """Raises LoadError where the pickle calls on cloudpickle, and not on the version that is there."""
    if wanted is None or b"cloudpickle" not in content:
        return
    try:
        here = __import__("cloudpickle").__version__
    except ImportError:
        here = None
    if here != wanted:
        raise LoadError(
            "This model was captured with cloudpickle %s, and this environment has %s. Install the packages "
            "of requirements.lock, or build it again."
            % (wanted, "none" if here is None else "cloudpickle %s" % here)
        )


def _use_modules(modules: str) -> None:
    """Puts the bundle's modules first, also where one is named as one of Python's that is loaded already."""
    sys.dont_write_bytecode = True  # a bundle stays as it was built
    if modules not in sys.path:
        sys.path.insert(0, modules)
    for entry in os.listdir(modules):
        name, ending = os.path.splitext(entry)
        is_package = os.path.isfile(os.path.join(modules, entry, "__init__.py"))
        if not is_package and ending not in (".py", ".so", ".pyd"):
            continue
        name = name.split(".")[0]
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(loaded, str) and not os.path.abspath(loaded).startswith(modules + os.sep):
            for other in [other for other in sys.modules if other == name or other.startswith(name + ".")]:
                del sys.modules[other]


def _show_cells(bundle: str, manifest: Dict[str, Any]) -> None:
    """Lets tracebacks quote the notebook's lines: cells were compiled under names that no file has."""
    try:
        with open(os.path.join(bundle, "notebook.ipynb"), encoding="utf-8") as file:
            cells = own_json.load(file)["cells"]
        for entry in manifest["cells"]:
            source = "".join(cells[entry["index"] - 1]["source"])
            linecache.cache[entry["file"]] = (
                len(source),
                None,
                [line + "\n" for line in source.split("\n")],
                entry["file"],
            )
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        pass  # tracebacks then name the cell and line without quoting it


def _sample_keys(bundle: str, manifest: Dict[str, Any]) -> List[str]:
    """The keys of the samples' objects, in the order in which they first come: that of the signature.

    From the samples, since older manifests have the signature's properties sorted. Raises LoadError, OSError,
    ValueError.
    """
    signature = manifest.get("signature") or {}
    if (signature.get("input") or {}).get("type") != "object" or "samples.json" not in manifest["files"]:
        return []
    samples = own_json.loads(_read_checked(bundle, manifest, "samples.json").decode("utf-8"))
    return list(dict.fromkeys(key for sample in samples for key in sample["input"]))


def load_functions(bundle: str) -> Functions:
    """The notebook's functions: {"predictor": …, "validator": … or None, "batch_predictor": … or None}.

    Beside them "deterministic", and "columns": the samples' keys in their order, empty where they are no
    objects.
    Checks format, interpreter, cloudpickle and digests before unpickling. Puts the bundle's modules first on
    sys.path; where predictions read files of the bundle, their directory becomes the working directory.
    Raises LoadError.
    """
    bundle = os.path.abspath(bundle)
    try:
        with open(os.path.join(bundle, "manifest.json"), encoding="utf-8") as file:
            manifest = own_json.load(file)
        _check_format(manifest)
        check_identity(manifest["python"])
        content = _read_checked(bundle, manifest, "model.pkl")
        _check_modules(bundle, manifest)
        _refuse_unlisted(bundle, manifest)
        _check_pickler(manifest.get("cloudpickle"), content)
        columns = _sample_keys(bundle, manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadError("The bundle %s cannot be read: %s. Build it again." % (bundle, said(error))) from None
    modules = os.path.join(bundle, "modules")
    if os.path.isdir(modules):
        _use_modules(modules)
        if manifest.get("data"):
            os.chdir(modules)
    note_left_out(manifest)
    _show_cells(bundle, manifest)
    try:
        functions = pickle.loads(content)  # noqa: S301  the very bytes whose digest was checked
        if not callable(functions["predictor"]):
            raise TypeError("its predictor cannot be called")
    except ModuleNotFoundError as error:
        raise LoadError(
            "The model needs the module %s, which is not in its environment. %s"
            % (error.name, left_out_words(error) or MISSING_ADVICE)
        ) from None
    except Exception as error:
        words = left_out_words(error)
        raise LoadError(
            "The model does not load: %s%s" % (said(error), " " + words if words else ""),
            own_traceback(error),
        ) from None
    batching = manifest.get("batching")
    if batching is not None and batching.get("source") is None:
        functions["batch_predictor"] = None  # it did not pass its check
    functions["columns"] = columns
    functions["deterministic"] = manifest.get("deterministic", True)
    return functions  # type: ignore[no-any-return]
