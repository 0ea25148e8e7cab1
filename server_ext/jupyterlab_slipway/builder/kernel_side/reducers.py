"""Ways for what cloudpickle cannot pickle, or pickles by a name in `__main__`: Python 3.6 syntax."""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import functools
import sys
import weakref

_found = {}


def by_reference(function):
    """Is a function or class found under its name in a module, so that its name is all that travels?"""
    return function.__module__ != "__main__" and at(function.__module__, function.__qualname__) is function


def reducers():
    """By type: what copyreg.dispatch_table is given while something is pickled."""
    if not _found:
        found = {
            functools._lru_cache_wrapper: _reduce_cached,
            weakref.WeakKeyDictionary: _reduce_weak,  # singledispatch holds one
            weakref.WeakValueDictionary: _reduce_weak,
        }
        cached_property = getattr(functools, "cached_property", None)
        if cached_property is not None and hasattr(cached_property(len), "lock"):
            found[cached_property] = _reduce_cached_property
        try:
            import dataclasses

            found[type(dataclasses.MISSING)] = _reduce_missing
        except ImportError:
            pass
        _found.update(found)
    return _found


def _cached_again(function, maxsize, typed):
    import functools

    return functools.lru_cache(maxsize=maxsize, typed=typed)(function)


_cached_again.__module__ = "__main__"  # so that it travels by value


def _reduce_cached(wrapper):
    """functools' own way is the function's name in `__main__`, which the service does not have."""
    if by_reference(wrapper):
        return wrapper.__qualname__
    parameters = getattr(wrapper, "cache_parameters", None)
    facts = parameters() if parameters else {"maxsize": wrapper.cache_info().maxsize, "typed": False}
    return _cached_again, (wrapper.__wrapped__, facts["maxsize"], facts["typed"])


def at(module, path):
    found = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _reduce_weak(mapping):
    return type(mapping), (), None, None, iter(list(mapping.items()))


def _reduce_cached_property(value):
    """Without its lock (Python 3.8 to 3.11), which it makes itself."""
    state = {name: part for name, part in vars(value).items() if name not in ("lock", "func", "__doc__")}
    return type(value), (value.func,), state


def _reduce_missing(value):
    return "MISSING"  # the one and only, which dataclasses compares by identity
