"""The process that holds the model: standard library only, Python 3.6 to 3.14.

It is run by the interpreter of the model's own environment, where nothing of ours is installed:

    python worker.py parent BUNDLE SOCKET [--workers N]    loads once, keeps N workers
    python worker.py worker BUNDLE SOCKET                  loads and scores (where forking is no option)

Here is how it starts and ends its processes. What a worker does, and what becomes of samples, is in the
package `scoring` beside this file, which it loads by its path. The builder imports both, in the notebook's
kernel and in the process that verifies a capture, so that samples are decoded, scored and encoded by the same
lines everywhere. Importing it does nothing.
"""

import argparse
import ctypes
import gc
import importlib.util
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Set, Tuple


def _load_scoring() -> None:
    """Makes the package beside this file importable, under a name that no notebook has."""
    if "_slipway_scoring" in sys.modules:
        return
    directory = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scoring")
    spec = importlib.util.spec_from_file_location(
        "_slipway_scoring", os.path.join(directory, "__init__.py"), submodule_search_locations=[directory]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["_slipway_scoring"] = package
    spec.loader.exec_module(package)


if TYPE_CHECKING or __package__:
    from .scoring import jobs, json_rules, loading, single, strays, work
else:
    _load_scoring()
    from _slipway_scoring import jobs, json_rules, loading, single, strays, work

# What the builder asks this file for, in the notebook's kernel too.
FORMAT, LoadError = loading.FORMAT, loading.LoadError
python_identity, load_functions = loading.python_identity, loading.load_functions
own_json, decode_sample, to_bytes = json_rules.own_json, json_rules.decode_sample, json_rules.to_bytes
EncodeError, encode_prediction = json_rules.EncodeError, json_rules.encode_prediction
score, accepts, own_traceback = single.score, single.accepts, single.own_traceback
OK, MALFORMED, REJECTED, RAISED, UNENCODABLE, EXHAUSTED = (
    single.OK,
    single.MALFORMED,
    single.REJECTED,
    single.RAISED,
    single.UNENCODABLE,
    single.EXHAUSTED,
)

# So many workers that ended before they could serve, within so many seconds, end the service. One that ends
# while it scores costs that request only: a sample that crashes the model must not stop everybody's service.
CRASHES, CRASH_WINDOW = 5, 60.0
CRASH_LOOP_EXIT, LOAD_EXIT = 3, 4

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",  # scikit-learn's models remember how many threads they were trained with
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def limit_threads(count: int = 1) -> List[str]:
    """So many threads for BLAS and OpenMP unless the environment says otherwise; before loading.

    Answers the names of the variables that it set.
    """
    given = set(os.environ)
    if "OMP_NUM_THREADS" in given:
        given.add("OMP_THREAD_LIMIT")
    ours = [name for name in THREAD_LIMITS if name not in given]
    os.environ.update({name: str(count) for name in ours})
    return ours


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


def _ended_children() -> Iterator[Tuple[int, int]]:
    """Waits for those that have ended: (process id, status as of waitpid)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def _why_not_fork() -> Optional[str]:
    """What this process has that a fork would not: the threads behind locks, a processor's other memory."""
    try:
        threads = len(os.listdir("/proc/self/task"))
        with open("/proc/self/maps", errors="replace") as file:
            cuda = "libcuda.so" in file.read()
    except OSError:
        return "this system does not say which threads it started"
    if threads > 1:
        return "the model started threads"
    return "the model uses CUDA" if cuda else None


class Parent:
    """Loads the model once and keeps `count` workers alive, forks of itself where that is safe."""

    def __init__(self, options: argparse.Namespace, report: Callable[..., None]) -> None:
        self.bundle = options.bundle
        self.address = options.socket
        self.count = options.workers
        self.threads = options.threads
        self.model = {"name": options.name, "version": options.version}
        self.most = options.max_samples
        self.report = report
        self.limited = limit_threads()
        self.functions: Optional[single.Functions] = None
        self.forks = sys.platform.startswith("linux")
        self.workers: Dict[int, Optional[subprocess.Popen[bytes]]] = {}  # None for a fork
        self.unproven: Set[int] = set()  # have not yet said that they can serve
        self.deaths: List[float] = []  # when workers ended that never could
        self.sound_read, self.sound_write = os.pipe()
        self.private = [self.sound_read]  # descriptors that workers do not get
        self.helpers: List[int] = []  # processes that loading the model has started

    def load(self) -> None:
        if not self.forks:
            return
        self.functions = load_functions(self.bundle)
        self.helpers = strays.children()
        reason = _why_not_fork()
        if reason is not None:
            self.report(event="note", message="%s: workers load it themselves" % reason)
            self.functions, self.forks = None, False
            return
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()  # keeps the collector from touching, and so copying, shared pages

    def start_worker(self) -> None:
        if not self.forks:
            command = [sys.executable, os.path.abspath(__file__), "worker", self.bundle, self.address]
            command += ["--sound", str(self.sound_write)]
            command += ["--name", self.model["name"], "--version", self.model["version"]]
            command += ["--max-samples", str(self.most)]
            limits = {name: str(self.threads) for name in self.limited}
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                env=dict(os.environ, **limits),
                pass_fds=[self.sound_write],
            )
            self.workers[child.pid] = child
            self.unproven.add(child.pid)
            return
        me = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            die_with_parent(me)
            scorer = jobs.Scorer(self.functions or {}, self.model, self.most)
            work.worker_process(scorer, self.address, self.sound_write, self.private)
        self.workers[pid] = None
        self.unproven.add(pid)

    def complete(self) -> None:
        """Starts the workers that are missing; tries again in a moment where there is no room for one."""
        while len(self.workers) < self.count:
            try:
                self.start_worker()
            except OSError as error:
                self.report(event="note", message="no worker can be started now: %s" % error)
                return

    def hear(self) -> None:
        """Takes note of the workers that have said they can serve."""
        content = os.read(self.sound_read, 256 * work.SOUND.size)
        whole = len(content) - len(content) % work.SOUND.size
        self.unproven -= {pid for (pid,) in work.SOUND.iter_unpack(content[:whole])}
        self.deaths = []

    def reap(self) -> bool:
        """Collects workers that ended. Answers whether they keep on ending before they can serve."""
        ended = False
        for pid, status in _ended_children():
            if pid not in self.workers:
                continue  # it was left by one that has ended
            ended = True
            code = -(status & 0x7F) if status & 0x7F else status >> 8
            child = self.workers.pop(pid)
            if child is not None:
                child.returncode = code
            try:
                os.killpg(pid, signal.SIGKILL)  # what its predictor started
            except (ProcessLookupError, PermissionError):
                pass
            self.report(event="worker-ended", pid=pid, code=code)
            if pid in self.unproven:
                self.unproven.discard(pid)
                # One that could not load will not load the next time either.
                self.deaths += [time.monotonic()] * (CRASHES if code == LOAD_EXIT else 1)
        if ended:
            strays.end_strays(self.helpers, self.workers)
        self.deaths = [when for when in self.deaths if time.monotonic() - when < CRASH_WINDOW]
        return len(self.deaths) >= CRASHES

    def run(self, lifeline: int) -> int:
        """Until `lifeline` (a file descriptor) is closed by whoever started this; answers the exit code."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write)
        self.private += [lifeline, wake_read, wake_write]
        self.load()
        self.report(event="loaded")
        while True:
            self.complete()
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
        strays.end_strays((), ())


def _private_stdout() -> Any:
    """Gives this process's standard output to the reports alone; what the model prints goes to the log."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


def _private_stdin() -> int:
    """Keeps this process's standard input for itself: whoever started it closes that to end it."""
    private = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return private


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="Holds a model and scores samples.")
    parser.add_argument("role", choices=["parent", "worker"])
    parser.add_argument("bundle")
    parser.add_argument("socket")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of BLAS and OpenMP in a spawned worker")
    parser.add_argument("--name", default="model", help="of the model in the inference protocol")
    parser.add_argument("--version", default="1")
    parser.add_argument("--max-samples", type=int, default=jobs.MOST_SAMPLES, help="in one request")
    parser.add_argument("--sound", type=int, help="where a spawned worker says that it can serve")
    options = parser.parse_args(arguments)
    options.bundle, options.socket = os.path.abspath(options.bundle), os.path.abspath(options.socket)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]  # no module of ours is seen
    die_with_parent(os.getppid())
    if options.role == "parent":
        os.closerange(
            3, 1024
        )  # whatever else came along: as long as a worker had it, we would not seem to end
    if options.role == "worker":
        os.environ[strays.WORKER_VARIABLE] = str(os.getpid())
        limit_threads()
        try:
            functions = load_functions(options.bundle)
        except LoadError as error:
            print("%s%s" % (error.details, error), file=sys.stderr)
            return LOAD_EXIT
        model = {"name": options.name, "version": options.version}
        scorer = jobs.Scorer(functions, model, options.max_samples)
        work.worker_process(scorer, options.socket, options.sound)
    reports, lifeline = _private_stdout(), _private_stdin()

    def report(**facts: Any) -> None:
        try:
            reports.write(own_json.dumps(facts) + "\n")
            reports.flush()
        except BrokenPipeError:
            pass  # whoever started this is gone; the lifeline says so too

    strays.adopt_orphans()
    parent = Parent(options, report)
    parent.private.append(reports.fileno())
    try:
        return parent.run(lifeline)
    except LoadError as error:
        sys.stderr.write(error.details)
        report(event="failed", reason=str(error))
        return LOAD_EXIT
    finally:
        parent.end()


if __name__ == "__main__":
    sys.exit(main())
