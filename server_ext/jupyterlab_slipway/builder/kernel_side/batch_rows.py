"""What a row that is given to a model may be made of: Python 3.6 syntax, standard library.

`Rows` knows what the names of a predictor stand for, line after line, and reads expressions for one row.
These have to be *steady*: for samples of the same JSON types, keys and shape they give values of the same
types and shape, so that what a library makes of many rows is what it makes of one.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import ast
import builtins
import types

import _slipway_batch_models as models
import _slipway_batch_values as values

CONSTANT, STEADY = "constant", "steady"
NUMERIC = ("predict_proba", "predict_log_proba", "decision_function", "score_samples")
CODES = ("LabelEncoder", "OrdinalEncoder", "StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")
LITERALS = ("Constant", "Num", "Str", "Bytes", "NameConstant", "Ellipsis")
NOTHING = object()


class Refused(Exception):
    """The predictor is none of the known straight-line kinds; `str()` says why, without the place."""

    def __init__(self, words, node=None):
        super().__init__(words)
        self.line = getattr(node, "lineno", None)


class Bound:
    """What a local name stands for from some line on."""

    def __init__(self, name, row=None, kind=None, table=None, known=NOTHING, path=None):
        self.name = name  # in the code that runs for each row
        self.row, self.kind = row, kind  # an expression for one row, if it is steady
        self.table = table  # the same for all rows
        self.known, self.path = known, path  # an object of the notebook, and the expression for it


def kind_of(node):
    return type(node).__name__


def named(name):
    return ast.Name(id=name, ctx=ast.Load())


def literal(node):
    """(True, value) of a constant expression: a number with its sign, text, a tuple or list of such."""
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False, None


def either(*kinds):
    return STEADY if STEADY in kinds else CONSTANT


class Rows:
    def __init__(self, namespace, taken):
        self.namespace = namespace
        self.taken = set(taken)
        self.known = values.Known()
        self.bound = {}
        self.own = set()  # names that this code has given
        self.assigned = set()  # names that are local to the predictor

    def fresh(self, name):
        """A name that nothing in the code has yet."""
        found, number = name, 1
        while found in self.taken:
            number += 1
            found = "%s_%d" % (name, number)
        self.taken.add(found)
        self.own.add(found)
        return found

    # ------------------------------------------------------------ objects of the notebook

    def global_value(self, name):
        if name in self.own or name in self.assigned:
            return NOTHING
        if name in self.namespace:
            return self.namespace[name]
        return getattr(builtins, name, NOTHING)

    def resolve(self, node, inner=()):
        """(object, the expression for it) of a global, or of a part of one; (NOTHING, None) for others."""
        kind = kind_of(node)
        if kind == "Name":
            if node.id in inner:
                return NOTHING, None
            if node.id in self.bound:
                return self.bound[node.id].known, self.bound[node.id].path
            return self.global_value(node.id), node
        if kind == "Attribute" and not node.attr.startswith("__"):
            owner, path = self.resolve(node.value, inner)
            if owner is NOTHING or not self._has_plain_attributes(owner):
                return NOTHING, None
            found = getattr(owner, node.attr, NOTHING)
            return found, ast.copy_location(ast.Attribute(path, node.attr, ast.Load()), node)
        if kind == "Subscript":
            owner, path = self.resolve(node.value, inner)
            is_constant, key = literal(index_of(node))
            if owner is NOTHING or not is_constant or not self._has_plain_items(owner):
                return NOTHING, None
            try:
                found = owner[key]
            except Exception:
                return NOTHING, None
            return found, ast.copy_location(ast.Subscript(path, node.slice, ast.Load()), node)
        return NOTHING, None

    def _has_plain_attributes(self, owner):
        return (
            isinstance(owner, types.ModuleType)
            or type(owner) is types.SimpleNamespace
            or models.is_library_object(owner)
        )

    def _has_plain_items(self, owner):
        return type(owner) in (dict, list, tuple) or models.is_library_object(owner)

    def callable_of(self, node, inner=()):
        """The known function that an expression is, or None."""
        found, _ = self.resolve(node, inner)
        return found if found is not NOTHING and self.known.is_pure(found) else None

    # ------------------------------------------------------------ expressions for one row

    def row(self, node, inner=()):
        """(expression, CONSTANT or STEADY) for one row, in terms of the row's own name.

        `inner` has the targets of comprehensions around it: {name: (new name, kind)}. Raises Refused.
        """
        reader = getattr(self, "row_" + kind_of(node).lower(), None)
        if reader is None and kind_of(node) in LITERALS:
            return node, CONSTANT
        if reader is None:
            raise Refused("makes a row in a way that is not known", node)
        made, kind = reader(node, inner)
        return ast.copy_location(made, node), kind

    def _rows(self, nodes, inner):
        found = [self.row(node, inner) for node in nodes]
        return [made for made, _ in found], either(*[kind for _, kind in found])

    def row_name(self, node, inner):
        if node.id in inner:
            name, kind = inner[node.id]
            return named(name), kind
        if node.id in self.bound:
            bound = self.bound[node.id]
            if bound.row is None:
                raise Refused("makes a row of `%s`, whose type may differ from row to row" % node.id, node)
            return bound.row, bound.kind
        value = self.global_value(node.id)
        if value is NOTHING or not (values.is_plain(value) or values.is_scalar_type(value)):
            raise Refused("makes a row of `%s`, which is no plain data" % node.id, node)
        return named(node.id), CONSTANT

    def row_attribute(self, node, inner):
        value, path = self.resolve(node, inner)
        if value is NOTHING or not (values.is_plain(value) or values.is_scalar_type(value)):
            raise Refused("makes a row with `.%s`" % node.attr, node)
        return path, CONSTANT

    def row_subscript(self, node, inner):
        value, kind = self.row(node.value, inner)
        index, index_kind = self._row_index(node.slice, inner)
        if kind == CONSTANT and index_kind == STEADY:
            container, _ = self.resolve(node.value, inner)
            if container is NOTHING or not values.is_uniform(container):
                raise Refused("looks up values of several types to make a row", node)
        elif index_kind == STEADY:
            raise Refused("makes a row by a place that depends on the sample", node)
        return ast.Subscript(value, index, ast.Load()), either(kind, index_kind)

    def _row_index(self, node, inner):
        kind = kind_of(node)
        if kind == "Index":
            made, found = self.row(node.value, inner)
            return ast.Index(made), found
        if kind == "Slice":
            if not all(part is None or literal(part)[0] for part in (node.lower, node.upper, node.step)):
                raise Refused("cuts a row by a place that is no constant", node)
            return node, CONSTANT
        return self.row(node, inner)

    def row_list(self, node, inner):
        made, kind = self._rows(node.elts, inner)
        return type(node)(made, ast.Load()), kind

    row_tuple = row_list

    def row_starred(self, node, inner):
        made, kind = self.row(node.value, inner)
        return ast.Starred(made, ast.Load()), kind

    def row_dict(self, node, inner):
        keys = []
        for key in node.keys:
            made, kind = (None, CONSTANT) if key is None else self.row(key, inner)
            if kind != CONSTANT:
                raise Refused("makes a row under keys that depend on the sample", node)
            keys.append(made)
        made, kind = self._rows(node.values, inner)
        return ast.Dict(keys, made), kind

    def row_binop(self, node, inner):
        operator = kind_of(node.op)
        raised, exponent = literal(node.right)
        if operator == "Pow" and not (raised and isinstance(exponent, (int, float)) and exponent >= 0):
            raise Refused("makes a row by a power whose type depends on the sample", node)
        if operator not in ("Add", "Sub", "Mult", "Div", "FloorDiv", "Mod", "Pow"):
            raise Refused("makes a row in a way that is not known", node)
        if operator == "Mult" and any(kind_of(part) in ("List", "Tuple") for part in (node.left, node.right)):
            raise Refused("makes a row whose length depends on the sample", node)
        (left, right), kind = self._rows([node.left, node.right], inner)
        return ast.BinOp(left, node.op, right), kind

    def row_unaryop(self, node, inner):
        made, kind = self.row(node.operand, inner)
        return ast.UnaryOp(node.op, made), kind

    def row_compare(self, node, inner):
        (left, *others), kind = self._rows([node.left] + node.comparators, inner)
        return ast.Compare(left, node.ops, others), kind

    def row_joinedstr(self, node, inner):
        made, kind = self._rows(node.values, inner)
        return ast.JoinedStr(made), kind

    def row_formattedvalue(self, node, inner):
        made, kind = self.row(node.value, inner)
        form = None if node.format_spec is None else self.row(node.format_spec, inner)[0]
        return ast.FormattedValue(made, node.conversion, form), kind

    def row_call(self, node, inner):
        if kind_of(node.func) == "Attribute":
            found = self.row_of_call(node, inner)
            if found is not None:
                return found
        function = self.callable_of(node.func, inner)
        if function is None:
            return self._row_method(node, inner)
        if not self.known.is_steady(function) or not self.known.may_get(function, node.args, node.keywords):
            raise Refused("makes a row with `%s`" % self.known.name_of(function)[1], node)
        arguments = list(node.args)
        first = []
        if function is map:
            first = [self.called_back(arguments[0] if arguments else None, node, inner)]
            arguments = arguments[1:]
        made, kind = self._rows(arguments, inner)
        keywords, more = self._row_keywords(node, inner)
        func = self.resolve(node.func, inner)[1]
        return ast.Call(func, first + made, keywords), either(kind, more)

    def row_of_call(self, node, inner):  # noqa: ARG002  what Tables puts in its place
        """What stands for a call of a model within a row; None for other calls."""
        return

    def _row_keywords(self, node, inner):
        made, kinds = [], []
        for keyword in node.keywords:
            value, kind = self.row(keyword.value, inner)
            if keyword.arg is None or kind != CONSTANT:
                raise Refused("makes a row with arguments that are no constants", node)
            made.append(ast.keyword(keyword.arg, value))
            kinds.append(kind)
        return made, either(*kinds)

    def called_back(self, node, place, inner):
        """The expression of a function that may be handed to map or sorted. Raises Refused."""
        function = None if node is None else self.callable_of(node, inner)
        if function is None or self.known.name_of(function)[1] not in values.CALLED_BACK:
            raise Refused("hands on a function that is not known", place)
        return self.resolve(node, inner)[1]

    def _row_method(self, node, inner):
        if kind_of(node.func) != "Attribute":
            raise Refused(self.call_words(node.func), node)
        name = node.func.attr
        if name != "get" and name not in values.STEADY_METHODS:
            raise Refused("makes a row with `%s`" % text_of(node.func), node)
        owner, kind = self.row(node.func.value, inner)
        made, more = self._rows(node.args, inner)
        keywords, _ = self._row_keywords(node, inner)
        if name == "get" and kind == CONSTANT and len(node.args) == 2:
            self._check_get(node, inner)
        elif name == "get" and (kind == CONSTANT or more != CONSTANT):
            raise Refused("looks up values of several types to make a row", node)
        elif name != "get" and more != CONSTANT:
            raise Refused("makes a row with `.%s`" % name, node)
        return ast.Call(ast.Attribute(owner, name, ast.Load()), made, keywords), either(kind, more)

    def _check_get(self, node, inner):
        container, _ = self.resolve(node.func.value, inner)
        is_constant, default = literal(node.args[1])
        if (
            container is NOTHING
            or not values.is_uniform(container)
            or not is_constant
            or type(default) is not values.uniform_type(container)
        ):
            raise Refused("looks up values of several types to make a row", node)

    def row_listcomp(self, node, inner):
        generators, inner, kind = self.generators(node, inner, self.row)
        made, more = self.row(node.elt, inner)
        return type(node)(made, generators), either(kind, more)

    row_generatorexp = row_listcomp

    def generators(self, node, inner, read):
        """The generators of a comprehension with new names for its targets, and what is bound then.

        `read(node, inner)` gives the expression for what a generator walks through, and its kind.
        """
        inner = dict(inner)
        made, kinds = [], []
        for generator in node.generators:
            if generator.ifs or getattr(generator, "is_async", 0):
                raise Refused("branches", node)
            source, kind = read(generator.iter, inner)
            target = self._target(generator.target, kind, inner)
            made.append(ast.comprehension(target, source, [], 0))
            kinds.append(kind)
        return made, inner, either(*kinds)

    def _target(self, node, kind, inner):
        if kind_of(node) == "Tuple":
            elements = [self._target(part, kind, inner) for part in node.elts]
            return ast.copy_location(ast.Tuple(elements, ast.Store()), node)
        if kind_of(node) != "Name":
            raise Refused("assigns to something other than a name", node)
        name = self.fresh(node.id)
        inner[node.id] = (name, kind)
        return ast.copy_location(ast.Name(name, ast.Store()), node)

    def call_words(self, node):
        """What an unknown call calls."""
        text = text_of(node)
        value, _ = self.resolve(node)
        if isinstance(value, types.FunctionType) and value.__code__.co_filename.startswith("<cell "):
            return "calls `%s`, a function of the notebook" % text
        return "calls `%s`" % text


def index_of(node):
    """The expression in the brackets of a subscript: Python 3.9 has done away with what wrapped it."""
    return node.slice.value if kind_of(node.slice) == "Index" else node.slice


def text_of(node):
    """A name with its attributes and constant subscripts, as text."""
    kind = kind_of(node)
    if kind == "Name":
        return node.id
    if kind == "Attribute":
        return "%s.%s" % (text_of(node.value), node.attr)
    if kind == "Subscript" and literal(index_of(node))[0]:
        return "%s[%r]" % (text_of(node.value), literal(index_of(node))[1])
    if kind == "Call":
        return "%s(…)" % text_of(node.func)
    return "…"
