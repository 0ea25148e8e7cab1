"""An order for sets whose members are hashed by their address: Python 3.6 syntax, standard library.

Sets of text and numbers come out the same in every process with a fixed PYTHONHASHSEED. Functions, classes,
plain objects, None (before Python 3.12) and NaN (from 3.10 on) are hashed by where they lie in memory, which
differs from run to run. pickle's C code walks through a set by itself, so where a value holds such a set, the
pickler written in Python takes its place.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import hashlib
import pickle
import sys
import types

STABLE = {str, int, bool, bytes, complex, range, type(Ellipsis) if sys.version_info >= (3, 12) else str}
if sys.version_info >= (3, 12):
    STABLE.add(type(None))
BY_ADDRESS = (types.BuiltinFunctionType, types.MethodType)

_busy = set()  # ids of what is being put in order: a set may hold what holds the set
_digests = {}  # by the member's id and what was busy then; with the member, so that its id stays its own


class Unordered(Exception):
    """There is a set whose order differs from process to process."""


def is_unordered(members):
    """Does the order of a set with these members depend on addresses?"""
    if len(members) < 2:
        return False
    kinds = set(map(type, members)) - STABLE
    return bool(kinds) and any(_by_address(member) for member in members if type(member) in kinds)


def _by_address(member):
    if isinstance(member, float):
        return member != member
    if isinstance(member, (tuple, frozenset)):
        return any(_by_address(part) for part in member if type(part) not in STABLE)
    by_identity = type(member).__hash__ is object.__hash__
    return by_identity or member is None or isinstance(member, BY_ADDRESS)


def ordered(members, digest):
    """The members in an order that follows from what they are; `digest(member)` is of its content alone."""
    key = id(members)
    if key in _busy:
        return sorted(members, key=_name)
    outermost = not _busy
    _busy.add(key)
    try:
        return sorted(members, key=lambda member: (_name(member), _known(member, digest)))
    finally:
        _busy.discard(key)
        if outermost:
            _digests.clear()


def _known(member, digest):
    key = id(member), frozenset(_busy)
    if key not in _digests:
        _digests[key] = digest(member), member
    return _digests[key][0]


def _name(member):
    """What can be said of a member without a look at its content."""
    kind = type(member)
    own = getattr(member, "__qualname__", "")
    return "%s.%s %s.%s" % (kind.__module__, kind.__qualname__, getattr(member, "__module__", ""), own)


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def save_set(pickler, members):
    """Writes a set member by member, in order; protocol 4 or newer."""
    pickler.write(pickle.EMPTY_SET)
    pickler.memoize(members)
    pickler.write(pickle.MARK)
    for member in pickler.in_order(members):
        pickler.save(member)
    pickler.write(pickle.ADDITEMS)


def save_frozenset(pickler, members):
    """Likewise; one that holds itself by way of a member is in the memo when its members are written."""
    pickler.write(pickle.MARK)
    for member in pickler.in_order(members):
        pickler.save(member)
    if id(members) in pickler.memo:
        pickler.write(pickle.POP_MARK + pickler.get(pickler.memo[id(members)][0]))
        return
    pickler.write(pickle.FROZENSET)
    pickler.memoize(members)
