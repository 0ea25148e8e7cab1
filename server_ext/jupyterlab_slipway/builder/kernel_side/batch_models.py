"""Which objects score each row by itself, whatever rows are beside it: Python 3.6 syntax, standard library.

Estimators of scikit-learn, and those of xgboost and lightgbm that have the same methods, all of whose parts
are of these libraries too. Left out is what looks at other rows, or is random, when it answers.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import collections
import functools
import sys
import types

ROOTS = ("sklearn", "xgboost", "lightgbm")
# Whose objects an estimator may hold without a look into them.
HELD = ("numpy", "scipy", "pandas", "joblib", "ctypes", "_ctypes", "builtins")
METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score_samples",
    "transform",
    "inverse_transform",
)
INVERTIBLE = (
    "LabelEncoder",
    "OrdinalEncoder",
    "OneHotEncoder",
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "PowerTransformer",
    "QuantileTransformer",
    "PCA",
)
# Why an estimator of scikit-learn does not score each row by itself.
ITERATES = "it works its way to an answer for all rows together"
RANDOM = "it draws random numbers for each answer"
NOT_ROW_WISE = {
    "NMF": ITERATES,
    "MiniBatchNMF": ITERATES,
    "LatentDirichletAllocation": ITERATES,
    "DictionaryLearning": ITERATES,
    "MiniBatchDictionaryLearning": ITERATES,
    "SparseCoder": ITERATES,
    "IterativeImputer": ITERATES,
    "SparsePCA": ITERATES,
    "MiniBatchSparsePCA": ITERATES,
    "CheckingClassifier": RANDOM,
    "OneVsOneClassifier": "older versions scale by all rows",
    "KNeighborsTransformer": "it answers with a graph",
    "RadiusNeighborsTransformer": "it answers with a graph",
    "PatchExtractor": "it makes many rows of one",
}
# As parts of others they are asked about answers, one row each.
NOT_BY_THEMSELVES = {
    "LabelBinarizer": "it looks at the kinds of all labels",
    "MultiLabelBinarizer": "it looks at the kinds of all labels",
    "KernelCenterer": "it takes distances between rows",
}
NOT_ROW_WISE_METHODS = {
    ("SVC", "decision_function"): "older versions scale them by those of all rows",
    ("NuSVC", "decision_function"): "older versions scale them by those of all rows",
    ("BernoulliRBM", "score_samples"): RANDOM,
}
# Attributes that only training uses, where people put functions of their own.
TRAINING_ONLY = {
    "cv",
    "cv_results_",
    "callbacks",
    "is_data_valid",
    "is_model_valid",
    "multimetric_",
    "param_distributions",
    "param_grid",
    "random_state",
    "refit",
    "scorer_",
    "scoring",
}
MOST_PARTS = 1000000
PLAIN = (type(None), bool, int, float, complex, str, bytes)
CONTAINERS = (dict, collections.OrderedDict, list, tuple, set, frozenset)


class Unknown(Exception):
    """Nothing is known of an object, or that it does not score row by row; `str()` says why."""


def root_of(kind):
    name = str(getattr(kind, "__module__", ""))
    if isinstance(kind, type) and "." not in name:
        name = getattr(_home_of(kind), "__name__", name)
    return name.split(".")[0]


def _home_of(kind):
    """The module that has a class, also where Cython has left out the packages that it is in."""
    name = kind.__module__
    found = _in_module(name, kind)
    if found is None and "." not in name:
        others = [other for other in list(sys.modules) if other.endswith("." + name)]
        found = next(filter(None, [_in_module(other, kind) for other in others]), None)
    return found


def _in_module(name, kind):
    found = module = sys.modules.get(name)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return module if found is kind else None


def is_genuine(kind):
    """Is a class the one that its module has under its name?"""
    return _home_of(kind) is not None


def is_library_object(value):
    """Is it an object of ROOTS, whose attributes may be looked at?"""
    return root_of(type(value)) in ROOTS and is_genuine(type(value))


def check_method(value, method, words):
    """Raises Unknown unless `method` of `value`, which the notebook calls `words`, scores row by row."""
    check_model(value, words)
    kind = type(value)
    if method == "inverse_transform" and kind.__name__ not in INVERTIBLE:
        raise Unknown("`%s` of a %s is not known to go row by row" % (method, kind.__name__))
    reason = NOT_ROW_WISE_METHODS.get((kind.__name__, method)) or NOT_BY_THEMSELVES.get(kind.__name__)
    if reason is not None:
        raise Unknown("`%s` of a %s does not go row by row: %s" % (method, kind.__name__, reason))
    bound = getattr(value, method, None)
    if method in getattr(value, "__dict__", {}) or root_of(bound) not in ROOTS:
        raise Unknown("`%s.%s` is not the method of its library" % (words, method))


def check_model(value, words):
    """Raises Unknown unless `value`, which the notebook calls `words`, and all that it holds, is known."""
    waiting, seen = [(value, False)], set()
    while waiting:
        part, is_inside = waiting.pop()
        if type(part) in PLAIN or id(part) in seen:
            continue
        seen.add(id(part))
        if len(seen) > MOST_PARTS:
            raise Unknown("`%s` has too many parts to be looked through" % words)
        if is_inside and isinstance(part, collections.defaultdict):  # a library's own business
            inner = [*part.values(), part.default_factory]
        else:
            inner = _parts(part, value, words)
        is_inside = is_inside or is_library_object(part)
        waiting += [(found, is_inside) for found in inner]


def _parts(part, whole, words):
    """What to look at next. Raises Unknown."""
    kind = type(part)
    if isinstance(part, type):
        if root_of(part) not in (*ROOTS, *HELD, "collections") or not is_genuine(part):
            raise Unknown(_held(words, "the class `%s`" % part.__name__, part))
        return []
    if kind in CONTAINERS:
        return _members(part)
    function = _function_parts(part, words)
    if function is not None:
        return function
    root = root_of(kind)
    if root not in ROOTS + HELD or not is_genuine(kind):
        if part is whole:
            raise Unknown("`%s` is of %s" % (words, _kind_words(kind)))
        raise Unknown(_held(words, "an object of %s" % _kind_words(kind), kind))
    if root == "numpy":
        if kind.__name__ == "vectorize":
            raise Unknown("`%s` uses a function by np.vectorize" % words)
        return part.ravel().tolist() if str(getattr(part, "dtype", "")) == "object" else []
    if root in HELD:
        return []
    _check_estimator(part, words)
    parts = dict(getattr(part, "__dict__", None) or {})
    if isinstance(part, dict):  # scikit-learn's Bunch
        parts.update(part)
    return [inner for name, inner in parts.items() if name not in TRAINING_ONLY]


def _members(part):
    if isinstance(part, dict):
        return [inner for inner in part.values() if type(inner) not in PLAIN]
    return [inner for inner in part if type(inner) not in PLAIN]


def _function_parts(part, words):
    """What a function or method holds; None where `part` is neither. Raises Unknown for strange ones."""
    kind = type(part)
    if kind is functools.partial:
        return [part.func, part.args, part.keywords]
    if kind is types.MethodType:
        return [part.__self__, part.__func__]
    if kind is types.FunctionType:
        if part.__code__.co_filename.startswith("<cell ") or root_of(part) not in ROOTS + HELD:
            raise Unknown("`%s` uses the function `%s`, which is not of its library" % (words, part.__name__))
        return []
    if kind.__module__ == "numpy" and kind.__name__ in ("ufunc", "_ArrayFunctionDispatcher"):
        if not is_numpys(part):
            raise Unknown("`%s` uses a function by np.frompyfunc" % words)
        return []
    if isinstance(part, (types.BuiltinFunctionType, type(str.lower), type(object().__str__))):
        owner = getattr(part, "__self__", None)
        if owner is None or isinstance(owner, types.ModuleType) or type(owner) in PLAIN:
            return []
        raise Unknown("`%s` uses the method `%s` of an object" % (words, part.__name__))
    return None


def is_numpys(value):
    """Is it one of numpy's or scipy's own, and none that was made of a function?"""
    homes = [sys.modules.get("numpy"), sys.modules.get("scipy.special")]
    return any(home is not None and getattr(home, value.__name__, None) is value for home in homes)


def _check_estimator(part, words):
    kind = type(part)
    reason = NOT_ROW_WISE.get(kind.__name__)
    if kind.__module__.startswith("sklearn.manifold"):
        reason = ITERATES
    if kind.__name__ == "DummyClassifier" and getattr(part, "strategy", None) in ("stratified", "uniform"):
        reason = RANDOM
    if kind.__name__ == "FunctionTransformer":
        functions = [getattr(part, name, None) for name in ("func", "inverse_func")]
        if any(function is not None and type(function).__name__ != "ufunc" for function in functions):
            reason = "what its function does with other rows is not known"
    if reason is not None:
        raise Unknown("`%s` %s %s: %s" % (words, "is or holds a", kind.__name__, reason))


def _kind_words(kind):
    root = root_of(kind)
    if root == "__main__":
        return "`%s`, a class of the notebook" % kind.__name__
    if root in ROOTS + HELD:
        return "`%s`, which is not the class of that name in %s" % (kind.__name__, root)
    return "`%s.%s`, of which it is not known that it scores each row by itself" % (root, kind.__name__)


def _held(words, what, kind):
    owner = "" if "notebook" in what or "known" in what else " of %s" % root_of(kind)
    return "`%s` holds %s%s" % (words, what, owner)
