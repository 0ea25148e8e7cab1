"""Derives batched forms in an environment with scikit-learn, and tries them: run by its Python, 3.6 syntax.

    python batching_driver.py JOB ANSWER

JOB is {"kernel_side": directory, "worker": path, "setup": a cell, "cases": [{"name", "cell", "samples"} ...]};
ANSWER gets for each name {"form", "reason", "wrong": where a batch differs from single answers, or null,
"shares": whether both functions of one pickle have the same model}.
"""
# mypy: ignore-errors
# (run by Pythons older than the oldest that mypy knows)

import ast
import importlib.util
import json
import sys
import warnings
from pathlib import Path

PARTS = ("batch_models", "batch_values", "batch_rows", "batch_tables", "batch_lines", "batch_forms")


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_parts(job):
    """The function that derives."""
    load("_slipway_worker", job["worker"])
    for name in PARTS:
        load("_slipway_" + name, str(Path(job["kernel_side"], name + ".py")))
    return sys.modules["_slipway_batch_forms"].derive


def run_cell(source, file, namespace):
    """As IPython does it: statement by statement."""
    for statement in ast.parse(source, file).body:
        tree = ast.parse("")
        tree.body = [statement]
        exec(compile(tree, file, "exec"), namespace)


def batches_of(samples):
    yield samples
    yield samples[::-1]
    yield samples * 3
    for start in range(len(samples)):
        yield samples[start : start + 1]
        yield (samples + samples)[start : start + 2]


def where_wrong(worker, predictor, batched, samples):
    plain = sys.modules["_slipway_scoring.json_rules"].plain_prediction
    same = sys.modules["_slipway_scoring.sameness"].same

    def copies(values):
        return json.loads(json.dumps(values))

    for batch in batches_of(samples):
        expected = [plain(predictor(sample)) for sample in copies(batch)]
        given = copies(batch)
        actual = [plain(prediction) for prediction in batched(given)]
        if given != batch:
            return "it changed its samples"
        if not same(expected, actual):
            return "{!r}: {!r} instead of {!r}".format(batch, actual, expected)  # noqa: UP032
    return None


def shares(names, predictor, batched):
    import cloudpickle

    loaded = cloudpickle.loads(cloudpickle.dumps([predictor, batched]))
    first, second = [function.__globals__ for function in loaded]
    return all(first[name] is second[name] for name in names if name in first)


def main():
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore")
    derive = load_parts(job)
    worker = sys.modules["_slipway_worker"]
    main_names = vars(sys.modules["__main__"])
    run_cell(job["setup"], "<cell 2>", main_names)
    answers = {}
    for case in job["cases"]:
        namespace = dict(main_names, __name__="__main__")
        run_cell(case["cell"], "<cell 5>", namespace)
        predictor = namespace["predictor"]
        found = derive(predictor, {"<cell 2>": job["setup"], "<cell 5>": case["cell"]})
        batched = found.pop("function")
        if batched is not None:
            found["wrong"] = where_wrong(worker, predictor, batched, case["samples"])
            found["shares"] = shares(["kmeans", "model", "tree"], predictor, batched)
        answers[case["name"]] = found
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
