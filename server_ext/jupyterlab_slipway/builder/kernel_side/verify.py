"""Loads a bundle as a worker does and scores samples: Python 3.6 syntax, standard library.

    python verify.py WORKER BUNDLE SAMPLES ANSWER

SAMPLES is {"samples": [JSON text, ...], "judged": [JSON text, ...]}: inputs to score, and values that only
the validator is asked about; with "alike": [JSON text, ...] and "limit", rows to ask the batched form about
beside the samples, for so many seconds. ANSWER gets {"outcomes": [[status, text], ...], "verdicts":
[accepted, ...], "reads": what reads.py reports, "batches": what batch_check.py says, or None} or {"load": why
it does not}.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import importlib.util
import os
import sys

loaded = []  # keeps the functions, so that trace.py can look at them


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def replay(worker, reads, bundle, asked):
    try:
        functions = worker.load_functions(bundle)
    except worker.LoadError as error:
        return {"load": "%s\n%s" % (error, error.details)}
    loaded.append(functions)
    reads.watch(os.getcwd())
    with reads.scoring():
        answers = {
            "outcomes": [worker.score(functions, text.encode("utf-8")) for text in asked["samples"]],
            "verdicts": [worker.accepts(functions, text.encode("utf-8")) for text in asked["judged"]],
            "batches": batches(worker, functions, asked),
        }
    return dict(answers, reads=reads.report())


def batches(worker, functions, asked):
    """None where there is no batched form, or nothing to ask it."""
    if asked.get("alike") is None or functions.get("batch_predictor") is None:
        return None
    here = os.path.dirname(os.path.abspath(__file__))
    batch_check = load("_slipway_batch_check", os.path.join(here, "batch_check.py"))
    texts, samples = asked["samples"] + asked["alike"], len(asked["samples"])
    return batch_check.check(worker, functions, texts, samples, asked["limit"])


def main(around=None):
    """`around(do)` may do what it likes around `do()` and adds to the answer what it returns."""
    worker_path, bundle, samples, answer = sys.argv[1:]
    sys.path[:] = sys.path[1:]  # not the directory of this file
    worker = load("_slipway_worker", worker_path)
    reads = load("_slipway_reads", os.path.join(os.path.dirname(os.path.abspath(__file__)), "reads.py"))
    worker.limit_threads()
    with open(samples, encoding="utf-8") as file:
        asked = worker.own_json.load(file)
    result = {}

    def do():
        result.update(replay(worker, reads, bundle, asked))

    if around is None:
        do()
    else:
        result.update(around(do))
    with open(answer, "w", encoding="utf-8") as file:
        worker.own_json.dump(result, file)
    # Threads and exit handlers of the model's could keep the process for ever; all is said.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
