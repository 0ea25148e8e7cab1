"""What a straight-line predictor may call and look up: pure functions, plain data. Python 3.6 syntax.

Functions are told by what they are, not by their names: a notebook may have rebound any name.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import builtins
import collections
import math
import sys
import types

import _slipway_batch_models as models


def _names(text):
    return tuple(text.split())


BUILTINS = _names(
    "abs all any bool dict divmod enumerate float frozenset int len list map max min range reversed "
    "round set sorted str sum tuple zip"
)
NUMPY = _names(
    "abs absolute all amax amin any arange argmax argmin argsort around array asanyarray asarray "
    "ascontiguousarray atleast_1d atleast_2d ceil clip column_stack concatenate cos cumsum deg2rad "
    "degrees dot exp expand_dims expm1 fabs flip float32 float64 floor full hstack int32 int64 "
    "isfinite isinf isnan log log10 log1p log2 matmul max maximum mean median min minimum nan_to_num "
    "ones power prod rad2deg radians ravel repeat reshape rint round sign sin sort sqrt square "
    "squeeze std str_ sum tan tanh tile transpose uint8 unique var vstack where zeros"
)
SCIPY = ("expit", "softmax", "logit")
PANDAS = ("DataFrame", "Series")
# Methods of JSON values, numpy's and pandas' objects that change nothing.
METHODS = _names(
    "all any argmax argmin argsort astype capitalize casefold clip copy count cumsum dot endswith "
    "fillna flatten format get get_feature_names get_feature_names_out idxmax idxmin index isdigit "
    "item items join keys lower lstrip max mean min nonzero prod ravel replace reshape round rsplit "
    "rstrip split squeeze startswith std strip sum swapcase title to_dict to_list to_numpy toarray "
    "todense tolist transpose upper values var zfill"
)
# Those that give for each value of a JSON type a value of one type, and for each shape one shape.
STEADY_METHODS = _names(
    "astype capitalize casefold flatten items keys lower lstrip ravel replace rstrip strip swapcase "
    "title tolist upper values zfill"
)
STEADY_BUILTINS = _names("abs bool float int len list map round str sum tuple")
STEADY_NUMPY = _names(
    "abs absolute array asarray ascontiguousarray cos deg2rad exp expm1 float32 float64 int32 int64 "
    "log log10 log1p log2 rad2deg radians sin sqrt square tan tanh"
)
ARRAYS = ("array", "asanyarray", "asarray", "ascontiguousarray")
CALLED_BACK = ("abs", "float", "int", "len", "str")  # what may be given to map, and as a key
# Arguments that say where a result goes, and how many there may be before one of these.
PLACES = ("out", "inplace", "where", "into")
MOST_ARGUMENTS = {"clip": 3, "where": 3, "full": 3, "arange": 3, "nan_to_num": 1, "DataFrame": 3, "Series": 3}
MOST_OF_METHODS = {"clip": 2, "get": 2, "replace": 3, "rsplit": 2, "split": 2, "startswith": 3, "endswith": 3}
ANY_NUMBER = ("format", "item", "reshape", "transpose")
MOST_ITEMS = 1000000


class Known:
    """The functions that may be called, by what they are."""

    def __init__(self):
        self.pure, self.steady, self.names = {}, set(), {}
        self._add(builtins, BUILTINS, STEADY_BUILTINS, "builtins")
        pure_math = [name for name in vars(math) if callable(getattr(math, name)) and name[0] != "_"]
        self._add(math, pure_math, pure_math, "math")
        self._add(sys.modules.get("numpy"), NUMPY, STEADY_NUMPY, "numpy")
        self._add(sys.modules.get("scipy.special"), SCIPY, ("expit", "logit"), "scipy")
        self._add(sys.modules.get("pandas"), PANDAS, (), "pandas")

    def _add(self, module, names, steady, home):
        for name in names:
            function = getattr(module, name, None)
            if function is None or not self._is_own(function, name):
                continue
            self.pure[id(function)] = function
            self.names.setdefault(id(function), (home, name))
            if name in steady:
                self.steady.add(id(function))

    def _is_own(self, function, name):
        """Has nobody put another function in its place?"""
        if isinstance(function, types.FunctionType):
            return not function.__code__.co_filename.startswith("<cell ")
        if type(function).__name__ == "ufunc":
            return models.is_numpys(function) and function.__name__ in (name, "absolute")
        return callable(function) and models.root_of(type(function)) != "__main__"

    def is_pure(self, function):
        return id(function) in self.pure

    def may_get(self, function, arguments, keywords):
        """Is none of the arguments a place where the result is to be put?"""
        home, name = self.name_of(function)
        if any(keyword.arg is None or keyword.arg in PLACES for keyword in keywords):
            return False
        most = getattr(function, "nin", None) or MOST_ARGUMENTS.get(name, 2)
        return home not in ("numpy", "pandas", "scipy") or len(arguments) <= most

    def is_steady(self, function):
        return self.is_pure(function) and id(function) in self.steady

    def name_of(self, function):
        """("numpy", "array"), say; (None, None) for what is not known."""
        return self.names[id(function)] if self.is_pure(function) else (None, None)


def method_may_get(name, arguments, keywords):
    """As Known.may_get, for a method of METHODS."""
    if any(keyword.arg is None or keyword.arg in PLACES for keyword in keywords):
        return False
    return name in ANY_NUMBER or len(arguments) <= MOST_OF_METHODS.get(name, 1)


def is_scalar_type(value):
    """A type that stands for a dtype: float, np.float32."""
    return value in (bool, int, float, str) or (
        isinstance(value, type) and models.root_of(value) == "numpy" and models.is_genuine(value)
    )


def is_plain(value):
    """Is it data alone, which nothing happens to when it is looked up?"""
    waiting, seen = [value], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > MOST_ITEMS:
            return False
        kind = type(part)
        if kind in models.PLAIN:
            continue
        if kind in (dict, collections.OrderedDict):
            waiting += list(part.keys()) + list(part.values())
        elif kind in (list, tuple, set, frozenset, range):
            waiting += [inner for inner in part if type(inner) not in models.PLAIN]
        elif models.root_of(kind) == "numpy" and hasattr(part, "dtype") and models.is_genuine(kind):
            if part.dtype == object:
                waiting += part.ravel().tolist()
        elif not _is_pandas(part):
            return False
    return True


def _is_pandas(value):
    kind = type(value)
    return (
        models.root_of(kind) == "pandas"
        and models.is_genuine(kind)
        and (hasattr(value, "iloc") or hasattr(value, "get_loc"))
    )


def is_uniform(value):
    """Does a plain container hold values of one and the same simple type?"""
    if hasattr(value, "dtype"):
        return models.root_of(type(value)) == "numpy" and value.dtype != object
    if type(value) in (dict, collections.OrderedDict):
        value = value.values()
    elif type(value) not in (list, tuple):
        return False
    kinds = set(map(type, value))
    return len(kinds) == 1 and kinds <= set(models.PLAIN)


def uniform_type(value):
    """The type of the values in a uniform container of Python's own."""
    values = value.values() if isinstance(value, dict) else value
    return next(iter(set(map(type, values))))
