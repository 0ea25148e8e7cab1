"""Loads a bundle as a worker does and scores samples: Python 3.6 syntax, standard library.

    python verify.py WORKER BUNDLE SAMPLES ANSWER

SAMPLES is a JSON list of texts; ANSWER gets {"outcomes": [[status, text], ...]} or {"load": why it does not}.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import importlib.util
import json
import sys


def main():
    worker_path, bundle, samples, answer = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("_slipway_worker", worker_path)
    worker = importlib.util.module_from_spec(spec)
    sys.modules["_slipway_worker"] = worker
    spec.loader.exec_module(worker)
    sys.path[:] = sys.path[1:]  # not the directory of this file
    worker.limit_threads()
    with open(samples, encoding="utf-8") as file:
        texts = json.load(file)
    try:
        functions = worker.load_functions(bundle)
    except worker.LoadError as error:
        result = {"load": "%s\n%s" % (error, error.details)}
    else:
        result = {"outcomes": [worker.score(functions, text.encode("utf-8")) for text in texts]}
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
