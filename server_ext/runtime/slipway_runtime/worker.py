"""The process that holds the model: one file, standard library only, Python 3.6 to 3.14.

It is run by the interpreter of the model's own environment, where nothing of ours is installed:

    python worker.py parent BUNDLE SOCKET [--workers N]    loads once, keeps N workers
    python worker.py worker BUNDLE SOCKET                  loads and scores (where forking is no option)

The builder imports it too, in the notebook's kernel and in the process that verifies a capture, so that
samples are decoded, scored and encoded by the same lines everywhere: `load_functions`, `score`, `accepts`,
`decode_sample`, `encode_prediction`. Importing it does nothing.

How a prediction becomes JSON (`encode_prediction`):

- None, bool, int, str and finite float are themselves; NaN and infinities are an error that names the place
- numpy and pandas scalars are the Python value; pandas' NaT and NA are null; arrays, Series and Index are
  (nested) lists; a DataFrame is a list of objects, one a row; whatever else has `tolist()` is that list
- dict is an object; keys that are numbers, booleans or None become the text that JSON has for them; two keys
  that become the same text are an error
- list and tuple are lists; a set is a list in the order of its members' JSON text
- a dataclass or named tuple is an object of its fields; an Enum member is its value
- datetime, date, time: ISO 8601; timedelta: seconds; finite Decimal, UUID and paths: text; bytes: base64 text
- anything else is an error that names its type and place

`docs/worker-protocol.md` describes the frames.
"""

import argparse
import base64
import ctypes
import datetime
import decimal
import enum
import functools
import gc
import hashlib
import importlib.util
import linecache
import os
import pathlib
import pickle
import platform
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
import uuid
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

FORMAT = 1  # of the bundle; equal to slipway_runtime.bundle.FORMAT

# Frames: length of the payload, kind, request id; then the payload. Big-endian.
HEADER = struct.Struct(">IBQ")
SCORE, RESULT, HELLO = 1, 2, 3
SAMPLE_HEADER = struct.Struct(">I")  # length of one sample; a SCORE frame holds one or more
SOUND = struct.Struct(">I")  # a worker's process id, on the pipe to its parent
OUTCOME_HEADER = struct.Struct(">BI")  # status and length of one outcome; as many as samples came
OK, MALFORMED, REJECTED, RAISED, UNENCODABLE = 0, 1, 2, 3, 4

# So many workers that ended before they could serve, within so many seconds, end the service. One that ends
# while it scores costs that request only: a sample that crashes the model must not stop everybody's service.
CRASHES, CRASH_WINDOW = 5, 60.0
CRASH_LOOP_EXIT, LOAD_EXIT = 3, 4

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

Functions = Dict[str, Any]  # "predictor", "validator" and "batch_predictor": a callable or None
Outcome = Tuple[int, str]  # a status, and the prediction's JSON or words for the log


def _own(name: str) -> Any:
    """A copy of a module that nobody else can change: notebooks and packages rebind what is in json."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


own_json = _own("json")

_left_out: Dict[str, List[str]] = {}  # module: packages that bring it, and that the service does not have


class LoadError(Exception):
    """The model cannot be loaded here; `str()` is a sentence that says why and what is wanted."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details  # the traceback of what the model's own code raised, for the log


class EncodeError(ValueError):
    """A prediction has no JSON form; `str()` is a sentence that names the place."""


# ---------------------------------------------------------------- JSON


def _no_constant(name: str) -> Any:
    raise ValueError("%s is no JSON" % name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("%s is too large for a number" % text[:40])
    return number


def decode_sample(content: bytes) -> Any:
    """The value of a JSON text given as UTF-8 bytes. Raises ValueError where it is not strict JSON."""
    try:
        return own_json.loads(content.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _key(key: Any, place: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if hasattr(key, "item") and not isinstance(key, (str, bytes)):
        key = key.item()
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, (bool, int, float)):
        return str(own_json.dumps(_plain(key, "a key of " + place)))
    if isinstance(key, (datetime.date, datetime.time, decimal.Decimal, uuid.UUID)):
        return str(_plain(key, "a key of " + place))
    raise EncodeError("%s has a key of type %s; JSON's keys are text" % (place, type(key).__name__))


def _object(pairs: Iterable[Tuple[Any, Any]], place: str) -> Dict[str, Any]:
    plain: Dict[str, Any] = {}
    for key, value in pairs:
        name = _key(key, place)
        if name in plain:
            raise EncodeError("%s has two keys that both become %s" % (place, own_json.dumps(name)))
        plain[name] = _plain(value, "%s[%s]" % (place, own_json.dumps(name)))
    return plain


def _list(values: Iterable[Any], place: str) -> List[Any]:
    return [_plain(value, "%s[%d]" % (place, index)) for index, value in enumerate(values)]


def _missing(value: Any) -> bool:
    """Is it pandas' NaT or NA? They are of no importable type where pandas is not installed."""
    return type(value).__name__ in ("NaTType", "NAType")


def _plain(value: Any, place: str) -> Any:
    """`value` in terms of None, bool, int, float, str, list and dict."""
    if isinstance(value, enum.Enum):
        return _plain(value.value, place)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise EncodeError("%s is %r, which JSON has no number for" % (place, float(value)))
        return float(value)
    if isinstance(value, dict):
        return _object(value.items(), place)
    if _missing(value):
        return None
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        import dataclasses  # from Python 3.7 on; on 3.6 the backport that made this value

        return _object(
            [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)], place
        )
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _object(zip(value._fields, value), place)
    if isinstance(value, (list, tuple)):
        return _list(value, place)
    if isinstance(value, (set, frozenset)):
        return sorted(_list(value, place), key=own_json.dumps)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        raise EncodeError("%s is %s, which JSON has no number for" % (place, value))
    if isinstance(value, (decimal.Decimal, uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if hasattr(value, "itertuples") and hasattr(value, "columns"):
        return _frame(value, place)
    if type(value).__module__.split(".")[0] == "numpy" and hasattr(value, "dtype"):
        return _numpy(value, place)
    if callable(getattr(value, "tolist", None)):
        return _plain(value.tolist(), place)
    raise EncodeError(
        "%s is of type %s.%s, which has no JSON form; return numbers, text, lists or dicts of them"
        % (place, type(value).__module__, type(value).__name__)
    )


def _frame(value: Any, place: str) -> List[Any]:
    columns = list(value.columns)
    rows = value.itertuples(index=False, name=None)
    return [_object(zip(columns, row), "%s[%d]" % (place, index)) for index, row in enumerate(rows)]


def _numpy(value: Any, place: str) -> Any:
    kind = value.dtype.kind
    if (kind in "mM" or (kind == "V" and value.dtype.names)) and getattr(value, "ndim", 0):
        return _list(list(value), place)
    if kind == "M":
        # item() of nanosecond times is a bare integer; numpy's own text is ISO 8601.
        return None if str(value) == "NaT" else str(value)
    if kind == "m":
        return None if str(value) == "NaT" else _seconds(value, place)
    if kind == "V" and value.dtype.names:
        return _object([(name, value[name]) for name in value.dtype.names], place)
    plain = value.tolist()
    if type(plain) is type(value):
        raise EncodeError("%s is a numpy %s, which has no JSON form" % (place, value.dtype))
    return _plain(plain, place)


def _seconds(value: Any, place: str) -> float:
    unit = value.dtype.str.rstrip("]")[-1]  # of "<m8[ns]"; "8" where it has none
    if unit in "YM8":
        raise EncodeError("%s is a %s, which is no number of seconds" % (place, value.dtype))
    return int(value.astype("timedelta64[ns]").astype("int64")) / 1e9


def encode_prediction(value: Any) -> str:
    """The JSON text of a prediction, by the rules above. Raises EncodeError where it has none."""
    try:
        text: str = own_json.dumps(
            _plain(value, "the prediction"), allow_nan=False, ensure_ascii=False, separators=(",", ":")
        )
    except RecursionError:
        raise EncodeError("the prediction is nested too deeply, or holds itself") from None
    return text


def to_bytes(text: str) -> bytes:
    """UTF-8 of a JSON text; lone surrogates, which UTF-8 cannot hold, become JSON's escapes."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        escaped: str = own_json.dumps(own_json.loads(text), separators=(",", ":"))
        return escaped.encode("ascii")


# ---------------------------------------------------------------- scoring


def own_traceback(error: BaseException) -> str:
    """The traceback of an exception, and of those that caused it, without the frames of this file."""
    shown = traceback.TracebackException(type(error), error, error.__traceback__)
    ours = own_traceback.__code__.co_filename
    chain: List[Any] = [shown]
    seen: Set[int] = set()
    while chain:
        link = chain.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        link.stack = traceback.StackSummary.from_list(
            [frame for frame in link.stack if frame.filename != ours]
        )
        chain += [link.__cause__, link.__context__]
        chain += getattr(link, "exceptions", None) or []
    return "".join(shown.format())


def _said(error: BaseException) -> str:
    """The last line of its traceback."""
    return traceback.format_exception_only(type(error), error)[-1].strip()


def _with_advice(error: BaseException) -> str:
    """Its traceback, and a line of ours where a package is missing that was left out."""
    words = left_out_words(error)
    return own_traceback(error) + ("slipway: %s\n" % words if words else "")


def refusal(functions: Functions, value: Any) -> Optional[str]:
    """Why the validator refuses a value, in words for the log; None where it accepts, or where there is none.

    Whatever it returns counts as Python's `if` takes it; what raises, also on its way into that, is refused.
    """
    validator = functions.get("validator")
    if validator is None:
        return None
    try:
        return None if validator(value) else "the validator said no"
    except Exception as error:
        return "the validator raised\n" + _with_advice(error)


def accepts(functions: Functions, content: bytes) -> Optional[bool]:
    """What the validator says to a sample given as UTF-8 JSON; None where this Python cannot read it."""
    try:
        value = decode_sample(content)
    except ValueError:
        return None
    return refusal(functions, value) is None


def score(functions: Functions, content: bytes) -> Outcome:
    """Scores one sample.

    `functions` is what load_functions gives, `content` the sample as UTF-8 JSON. Answers (status, text): OK
    with the prediction's JSON, or another status with words for the log: MALFORMED (no JSON), REJECTED (the
    validator said no or raised), RAISED (the predictor raised; a traceback), UNENCODABLE.
    """
    try:
        value = decode_sample(content)
    except ValueError as error:
        return MALFORMED, str(error)
    refused = refusal(functions, value)
    if refused is not None:
        return REJECTED, refused
    try:
        prediction = functions["predictor"](value)
    except Exception as error:
        return RAISED, _with_advice(error)
    try:
        return OK, encode_prediction(prediction)
    except EncodeError as error:
        return UNENCODABLE, str(error)
    except Exception as error:
        return UNENCODABLE, own_traceback(error)


# ---------------------------------------------------------------- loading


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


def load_functions(bundle: str) -> Functions:
    """The notebook's functions: {"predictor": …, "validator": … or None, "batch_predictor": … or None}.

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
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadError(
            "The bundle %s cannot be read: %s. Build it again." % (bundle, _said(error))
        ) from None
    modules = os.path.join(bundle, "modules")
    if os.path.isdir(modules):
        _use_modules(modules)
        if manifest.get("data"):
            os.chdir(modules)
    _note_left_out(manifest)
    _show_cells(bundle, manifest)
    try:
        functions = pickle.loads(content)  # noqa: S301  the very bytes whose digest was checked
        if not callable(functions["predictor"]):
            raise TypeError("its predictor cannot be called")
    except ModuleNotFoundError as error:
        raise LoadError(
            "The model needs the module %s, which is not in its environment. %s"
            % (error.name, left_out_words(error) or "Add the package that brings it to requirements.")
        ) from None
    except Exception as error:
        words = left_out_words(error)
        raise LoadError(
            "The model does not load: %s%s" % (_said(error), " " + words if words else ""),
            own_traceback(error),
        ) from None
    return functions  # type: ignore[no-any-return]


def _note_left_out(manifest: Dict[str, Any]) -> None:
    """Remembers which packages the notebook declares and the service does not have, by their modules."""
    _left_out.clear()
    try:
        for package in (manifest.get("packages") or {}).get("packages") or []:
            if package.get("kept") is False:
                for name in package.get("modules") or []:
                    _left_out.setdefault(name, []).append(package["name"])
    except (KeyError, TypeError, AttributeError):
        pass  # it serves advice alone


def left_out_words(error: Optional[BaseException]) -> str:
    """How to keep the package whose absence an exception comes from; empty where none was left out."""
    seen: Set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        found = sorted(set(_left_out.get((name or "").split(".")[0], [])))
        if found:
            return (
                "%s %s left out of this service, because no sample needed it. To keep it, deploy with %s, or "
                'write {"slipway": {"keep": %s}} into the notebook\'s metadata.'
                % (
                    " and ".join(found),
                    "was" if len(found) == 1 else "were",
                    " ".join("--keep %s" % package for package in found),
                    own_json.dumps(found),
                )
            )
        error = error.__cause__ or error.__context__
    return ""


def limit_threads() -> None:
    """One thread a worker for BLAS and OpenMP unless the environment says otherwise; before loading."""
    for name in THREAD_LIMITS:
        os.environ.setdefault(name, "1")


# ---------------------------------------------------------------- frames


def read_exactly(connection: socket.socket, size: int) -> Optional[bytes]:
    """`size` bytes, or None where the other side has closed."""
    parts: List[bytes] = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_frame(connection: socket.socket) -> Optional[Tuple[int, int, bytes]]:
    """(kind, request id, payload), or None where the other side has closed."""
    header = read_exactly(connection, HEADER.size)
    if header is None:
        return None
    size, kind, request = HEADER.unpack(header)
    payload = read_exactly(connection, size) if size else b""
    return None if payload is None else (kind, request, payload)


def pack_frame(kind: int, request: int, payload: bytes) -> bytes:
    return HEADER.pack(len(payload), kind, request) + payload


def pack_samples(samples: Iterable[bytes]) -> bytes:
    return b"".join(SAMPLE_HEADER.pack(len(sample)) + sample for sample in samples)


def unpack_samples(payload: bytes) -> List[bytes]:
    """Raises ValueError where the payload is no whole number of samples."""
    samples: List[bytes] = []
    at = 0
    while at < len(payload):
        if at + SAMPLE_HEADER.size > len(payload):
            raise ValueError("a sample's length is cut off")
        (size,) = SAMPLE_HEADER.unpack_from(payload, at)
        at += SAMPLE_HEADER.size
        if at + size > len(payload):
            raise ValueError("a sample is longer than its frame")
        samples.append(payload[at : at + size])
        at += size
    return samples


def pack_outcomes(outcomes: Iterable[Outcome]) -> bytes:
    packed: List[bytes] = []
    for status, text in outcomes:
        content = to_bytes(text) if status == OK else text.encode("utf-8", "backslashreplace")
        packed.append(OUTCOME_HEADER.pack(status, len(content)) + content)
    return b"".join(packed)


def unpack_outcomes(payload: bytes) -> List[Tuple[int, bytes]]:
    """Raises ValueError where the payload is no whole number of outcomes."""
    outcomes: List[Tuple[int, bytes]] = []
    at = 0
    while at < len(payload):
        if at + OUTCOME_HEADER.size > len(payload):
            raise ValueError("an outcome's header is cut off")
        status, size = OUTCOME_HEADER.unpack_from(payload, at)
        at += OUTCOME_HEADER.size
        if at + size > len(payload):
            raise ValueError("an outcome is longer than its frame")
        outcomes.append((status, payload[at : at + size]))
        at += size
    return outcomes


# ---------------------------------------------------------------- processes


def die_with_parent(parent: int) -> None:
    """Asks Linux to end this process with the one that started it; elsewhere a closed pipe or socket does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


def kill_group(pid: int) -> None:
    """Ends a worker and whatever its predictor started: a worker leads a process group of its own."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def serve_samples(functions: Functions, address: str, sound: int) -> None:
    """What a worker does until the front closes the connection: one frame in, one frame out.

    `sound` is a pipe's descriptor: this process's id goes there once it is able to serve.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(address)
    hello = own_json.dumps({"pid": os.getpid()}).encode("ascii")
    connection.sendall(pack_frame(HELLO, 0, hello))
    os.write(sound, SOUND.pack(os.getpid()))
    while True:
        frame = read_frame(connection)
        if frame is None:
            return
        kind, request, payload = frame
        if kind != SCORE:
            raise ValueError("frame of kind %d where SCORE was expected" % kind)
        outcomes = [score(functions, sample) for sample in unpack_samples(payload)]
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(pack_frame(RESULT, request, pack_outcomes(outcomes)))


def _worker_process(functions: Functions, address: str, sound: int) -> None:
    """Runs in a fork (or a spawned process) and never returns; no exit handler of the parent's may run."""
    status = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve_samples(functions, address, sound)
        status = 0
    except (ConnectionError, FileNotFoundError):
        status = 0  # the front is gone
    except KeyboardInterrupt:
        pass
    except SystemExit as error:
        print("slipway: the predictor called exit(%r); its process is replaced" % error.code, file=sys.stderr)
    except BaseException as error:
        print("slipway: a worker ended\n" + own_traceback(error), file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _thread_count() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


class Parent:
    """Loads the model once and keeps `count` workers alive, forks of itself where that is safe."""

    def __init__(self, bundle: str, address: str, count: int, report: Callable[..., None]) -> None:
        self.bundle = bundle
        self.address = address
        self.count = count
        self.report = report
        self.functions: Optional[Functions] = None
        self.forks = sys.platform.startswith("linux")
        self.workers: Dict[int, Optional[subprocess.Popen[bytes]]] = {}  # None for a fork
        self.unproven: Set[int] = set()  # have not yet said that they can serve
        self.deaths: List[float] = []  # when workers ended that never could
        self.sound_read, self.sound_write = os.pipe()

    def load(self) -> None:
        if not self.forks:
            return
        self.functions = load_functions(self.bundle)
        if _thread_count() > 1:
            # A fork would copy the locks of threads that it does not copy.
            self.report(event="note", message="the model started threads: workers load it themselves")
            self.functions, self.forks = None, False
            return
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()  # keeps the collector from touching, and so copying, shared pages

    def start_worker(self) -> None:
        if not self.forks:
            command = [sys.executable, os.path.abspath(__file__), "worker", self.bundle, self.address]
            command += ["--sound", str(self.sound_write)]
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[self.sound_write])
            self.workers[child.pid] = child
            self.unproven.add(child.pid)
            return
        me = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            die_with_parent(me)
            _worker_process(self.functions or {}, self.address, self.sound_write)
        self.workers[pid] = None
        self.unproven.add(pid)

    def hear(self) -> None:
        """Takes note of the workers that have said they can serve."""
        content = os.read(self.sound_read, 256 * SOUND.size)
        self.unproven -= {pid for (pid,) in SOUND.iter_unpack(content)}
        self.deaths = []

    def reap(self) -> bool:
        """Collects workers that ended. Answers whether they keep on ending before they can serve."""
        for pid, child in list(self.workers.items()):
            if child is None:
                ended, status = os.waitpid(pid, os.WNOHANG)
                code = -(status & 0x7F) if status & 0x7F else status >> 8
            else:
                polled = child.poll()
                ended, code = (0, 0) if polled is None else (pid, polled)
            if not ended:
                continue
            del self.workers[pid]
            try:
                os.killpg(pid, signal.SIGKILL)  # what its predictor started
            except (ProcessLookupError, PermissionError):
                pass
            self.report(event="worker-ended", pid=pid, code=code)
            if pid in self.unproven:
                self.unproven.discard(pid)
                # One that could not load will not load the next time either.
                self.deaths += [time.monotonic()] * (CRASHES if code == LOAD_EXIT else 1)
        self.deaths = [when for when in self.deaths if time.monotonic() - when < CRASH_WINDOW]
        return len(self.deaths) >= CRASHES

    def run(self, lifeline: int) -> int:
        """Until `lifeline` (a file descriptor) is closed by whoever started this; answers the exit code."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write)
        self.load()
        self.report(event="loaded")
        while True:
            while len(self.workers) < self.count:
                self.start_worker()
            readable, _, _ = select.select([lifeline, wake_read, self.sound_read], [], [], 1.0)
            if lifeline in readable and not os.read(lifeline, 4096):
                return 0
            if wake_read in readable:
                os.read(wake_read, 4096)
            if self.sound_read in readable:
                self.hear()
            if self.reap():
                self.report(
                    event="failed",
                    reason="the model's process ended %d times before it could serve; see the lines above"
                    % len(self.deaths),
                )
                return CRASH_LOOP_EXIT

    def end(self) -> None:
        for pid in self.workers:
            kill_group(pid)


def _private_stdout() -> Any:
    """Gives this process's standard output to the reports alone; what the model prints goes to the log."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="Holds a model and scores samples.")
    parser.add_argument("role", choices=["parent", "worker"])
    parser.add_argument("bundle")
    parser.add_argument("socket")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--sound", type=int, help="where a spawned worker says that it can serve")
    options = parser.parse_args(arguments)
    options.bundle, options.socket = os.path.abspath(options.bundle), os.path.abspath(options.socket)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]  # no module of ours is seen
    die_with_parent(os.getppid())
    limit_threads()
    if options.role == "worker":
        try:
            functions = load_functions(options.bundle)
        except LoadError as error:
            print("%s%s" % (error.details, error), file=sys.stderr)
            return LOAD_EXIT
        _worker_process(functions, options.socket, options.sound)
    reports = _private_stdout()

    def report(**facts: Any) -> None:
        try:
            reports.write(own_json.dumps(facts) + "\n")
            reports.flush()
        except BrokenPipeError:
            pass  # whoever started this is gone; the lifeline says so too

    parent = Parent(options.bundle, options.socket, options.workers, report)
    try:
        return parent.run(sys.stdin.fileno())
    except LoadError as error:
        sys.stderr.write(error.details)
        report(event="failed", reason=str(error))
        return LOAD_EXIT
    finally:
        parent.end()


if __name__ == "__main__":
    sys.exit(main())
