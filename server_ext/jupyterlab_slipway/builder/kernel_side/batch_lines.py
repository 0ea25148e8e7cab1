"""Reads the lines of a straight-line predictor, and writes those of its batched form: Python 3.6 syntax."""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import ast
import types

import _slipway_batch_models as models
import _slipway_batch_rows as batch_rows
import _slipway_batch_tables as batch_tables
import _slipway_batch_values as values
from _slipway_batch_rows import LITERALS, NOTHING, Refused, kind_of, named, text_of

STATEMENTS = {
    "If": "branches",
    "Match": "branches",
    "IfExp": "branches",
    "BoolOp": "branches",
    "Assert": "branches",
    "For": "loops",
    "While": "loops",
    "Try": "catches exceptions",
    "With": "opens something",
    "Raise": "raises",
    "Lambda": "has a lambda",
    "FunctionDef": "defines a function",
    "ClassDef": "defines a class",
    "Import": "imports",
    "ImportFrom": "imports",
    "Global": "names a global to assign it",
    "AugAssign": "changes a value in place",
    "Delete": "deletes",
    "NamedExpr": "assigns in an expression",
    "Return": "returns before the end",
    "Expr": "does something besides computing",
}


class Body(batch_tables.Tables):
    """Reads the lines of a predictor one after the other."""

    def __init__(self, namespace, taken, parameter):
        batch_tables.Tables.__init__(self, namespace, taken, parameter)
        self.lines = []  # (names, statement, whether it may be left out where nothing uses the names)

    def read(self, statements):
        """Raises Refused."""
        if statements and kind_of(statements[0]) == "Expr" and _is_text(statements[0].value):
            statements = statements[1:]
        self.assigned = {part.id for line in statements[:-1] for part in _targets(line)}
        for statement in statements[:-1]:
            self.read_assignment(statement)
        last = statements[-1] if statements else None
        if kind_of(last) != "Return" or last.value is None:
            words = STATEMENTS.get(kind_of(last), "does not return") if last is not None else "is empty"
            raise Refused(words if kind_of(last) != "Assign" else "is the last and returns nothing", last)
        self.answer = self.rest(last.value, (), True)

    def read_assignment(self, node):
        kind = kind_of(node)
        if kind == "AnnAssign" and node.value is not None and node.simple:
            targets = [node.target]
        elif kind == "Assign":
            targets = node.targets
        else:
            raise Refused(STATEMENTS.get(kind, "does something besides computing"), node)
        if len(targets) != 1:
            raise Refused("assigns several names at once", node)
        target = targets[0]
        if kind_of(target) == "Name":
            self.assign([(target, node.value)])
        elif kind_of(target) == "Tuple" and all(kind_of(part) == "Name" for part in target.elts):
            value = node.value
            parts = value.elts if kind_of(value) == "Tuple" else []
            if len(parts) == len(target.elts) and not any(kind_of(part) == "Starred" for part in parts):
                self.assign(list(zip(target.elts, parts)))
                return
            made = self.rest(value, (), True)
            names = [self.fresh(part.id) for part in target.elts]
            stored = ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())
            self.lines.append((names, ast.copy_location(ast.Assign([stored], made), node), False))
            for part, name in zip(target.elts, names):
                self.bound[part.id] = batch_rows.Bound(name)
        else:
            raise Refused("changes a value in place", node)

    def assign(self, pairs):
        """Names and the expressions for them, all of which are evaluated first."""
        found = {}
        for target, value in pairs:
            known, path = self.resolve(value)
            table = row = kind = None
            try:
                table = self.table(value)
            except Refused as refused:
                table = refused
            if table is None or isinstance(table, Refused):
                try:
                    row, kind = self.row(value)
                except Refused:
                    pass
                if self._is_iterator(row):
                    row = None  # a second use would find it empty
            if isinstance(table, batch_tables.Table) and self.is_asked(value):
                made = self.own_part(table.made, value)
            else:
                made = self.rest(value, (), True)
            name = self.fresh(target.id)
            store = ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], made), value)
            bound = batch_rows.Bound(name, row, kind, table, known, path)
            self.lines.append(([name], store, bound))
            found[target.id] = bound
        self.bound.update(found)

    def _is_iterator(self, made):
        function = self.callable_of(made.func) if kind_of(made) == "Call" else None
        return function is map or kind_of(made) == "GeneratorExp"

    # ------------------------------------------------------------ what is done for each row

    def rest(self, node, inner, is_certain):
        """The expression for one row. `inner` has the new names of comprehensions' targets around it.

        `is_certain`: it is evaluated exactly once, so that a model that it asks may be asked before.
        """
        if self.is_asked(node):
            if not is_certain:
                raise Refused("asks a model in a comprehension", node)
            return self.own_part(self.ask(node).made, node)
        if self.is_first_answer(node) and is_certain:
            return self.own_answer(node)
        kind = kind_of(node)
        if kind in LITERALS:
            return node
        reader = getattr(self, "rest_" + kind.lower(), None)
        if reader is None:
            raise Refused(STATEMENTS.get(kind, "has an expression of a kind that is not known"), node)
        return ast.copy_location(reader(node, inner, is_certain), node)

    def _rests(self, nodes, inner, is_certain):
        return [None if node is None else self.rest(node, inner, is_certain) for node in nodes]

    def rest_name(self, node, inner, is_certain):  # noqa: ARG002  as all of them
        if node.id in inner:
            return named(inner[node.id][0])
        if node.id in self.bound:
            return named(self.bound[node.id].name)
        value = self.global_value(node.id)
        if value is NOTHING:
            raise Refused("uses `%s`, which is not defined" % node.id, node)
        self.check_value(value, node.id, node)
        return named(node.id)

    def check_value(self, value, words, node):
        """Raises Refused unless something of the notebook may be looked at."""
        if values.is_plain(value) or values.is_scalar_type(value):
            return
        if isinstance(value, types.FunctionType):
            raise Refused("uses the function `%s`" % words, node)
        if isinstance(value, types.ModuleType) or self.known.is_pure(value):
            raise Refused("uses `%s` as a value" % words, node)
        kind = type(value)
        if kind not in models.CONTAINERS and models.root_of(kind) not in (*models.ROOTS, "__main__"):
            text = "`%s`, a %s, which may do more than hold data" % (words, kind.__name__)
            raise Refused("looks at " + text, node)
        try:
            models.check_model(value, words)
        except models.Unknown as unknown:
            raise Refused(str(unknown)) from None

    def rest_attribute(self, node, inner, is_certain):
        if node.attr.startswith("__"):
            raise Refused("looks at `%s`" % node.attr, node)
        value, path = self.resolve(node, inner)
        if value is not NOTHING:
            self.check_value(value, text_of(node), node)
            return path
        return ast.Attribute(self.rest(node.value, inner, is_certain), node.attr, ast.Load())

    def rest_subscript(self, node, inner, is_certain):
        value = self.rest(node.value, inner, is_certain)
        return ast.Subscript(value, self._rest_index(node.slice, inner, is_certain), ast.Load())

    def _rest_index(self, node, inner, is_certain):
        kind = kind_of(node)
        if kind == "Index":
            return ast.Index(self.rest(node.value, inner, is_certain))
        if kind == "Slice":
            return ast.Slice(*self._rests([node.lower, node.upper, node.step], inner, is_certain))
        if kind == "ExtSlice":
            return ast.ExtSlice([self._rest_index(part, inner, is_certain) for part in node.dims])
        if kind == "Tuple":
            parts = [self._rest_index(part, inner, is_certain) for part in node.elts]
            return ast.copy_location(ast.Tuple(parts, ast.Load()), node)
        return self.rest(node, inner, is_certain)

    def rest_list(self, node, inner, is_certain):
        return type(node)(self._rests(node.elts, inner, is_certain), ast.Load())

    rest_tuple = rest_list

    def rest_set(self, node, inner, is_certain):
        return ast.Set(self._rests(node.elts, inner, is_certain))

    def rest_dict(self, node, inner, is_certain):
        keys = self._rests(node.keys, inner, is_certain)
        return ast.Dict(keys, self._rests(node.values, inner, is_certain))

    def rest_starred(self, node, inner, is_certain):
        return ast.Starred(self.rest(node.value, inner, is_certain), ast.Load())

    def rest_binop(self, node, inner, is_certain):
        left, right = self._rests([node.left, node.right], inner, is_certain)
        return ast.BinOp(left, node.op, right)

    def rest_unaryop(self, node, inner, is_certain):
        return ast.UnaryOp(node.op, self.rest(node.operand, inner, is_certain))

    def rest_compare(self, node, inner, is_certain):
        left = self.rest(node.left, inner, is_certain)
        # All but the first two of a chain are evaluated only where those before hold.
        certain = is_certain and len(node.comparators) == 1
        return ast.Compare(left, node.ops, self._rests(node.comparators, inner, certain))

    def rest_joinedstr(self, node, inner, is_certain):
        return ast.JoinedStr(self._rests(node.values, inner, is_certain))

    def rest_formattedvalue(self, node, inner, is_certain):
        value, form = self._rests([node.value, node.format_spec], inner, is_certain)
        return ast.FormattedValue(value, node.conversion, form)

    def rest_listcomp(self, node, inner, is_certain):
        generators, inner = self._rest_generators(node, inner, is_certain)
        return type(node)(self.rest(node.elt, inner, False), generators)

    rest_setcomp = rest_generatorexp = rest_listcomp

    def _rest_generators(self, node, inner, is_certain):
        first = node.generators[0].iter

        def read(source, bound):
            return self.rest(source, bound, is_certain and source is first), batch_rows.STEADY

        generators, inner, _ = self.generators(node, inner, read)
        return generators, inner

    def rest_dictcomp(self, node, inner, is_certain):
        generators, inner = self._rest_generators(node, inner, is_certain)
        return ast.DictComp(
            self.rest(node.key, inner, False), self.rest(node.value, inner, False), generators
        )

    def rest_call(self, node, inner, is_certain):
        function = self.callable_of(node.func, inner)
        arguments = list(node.args)
        first = []
        if function is not None and self.known.may_get(function, arguments, node.keywords):
            func = self.resolve(node.func, inner)[1]
            if function is map:
                first = [self.called_back(arguments[0] if arguments else None, node, inner)]
                arguments = arguments[1:]
        elif function is None and self._is_known_method(node):
            owner = self.rest(node.func.value, inner, is_certain)
            func = ast.copy_location(ast.Attribute(owner, node.func.attr, ast.Load()), node.func)
        else:
            raise Refused(self.call_words(node.func), node)
        made = first + self._rests(arguments, inner, is_certain)
        keywords = []
        for keyword in node.keywords:
            if keyword.arg == "key":
                value = self._key(keyword.value, node, inner, is_certain)
            else:
                value = self.rest(keyword.value, inner, is_certain)
            keywords.append(ast.keyword(keyword.arg, value))
        return ast.Call(func, made, keywords)

    def _is_known_method(self, node):
        if kind_of(node.func) != "Attribute" or node.func.attr not in values.METHODS:
            return False
        return values.method_may_get(node.func.attr, node.args, node.keywords)

    def _key(self, node, place, inner, is_certain):
        """What max, min and sorted go by: a known function, or the values of a dict."""
        if kind_of(node) == "Attribute" and node.attr == "get":
            owner = self.rest(node.value, inner, is_certain)
            return ast.copy_location(ast.Attribute(owner, "get", ast.Load()), node)
        return self.called_back(node, place, inner)

    # ------------------------------------------------------------ the function

    def statements(self, place):
        """The body of the function for all rows."""
        size = ast.Call(ast.Attribute(named(self.all_rows), "__len__", ast.Load()), [], [])
        made = [ast.Assign([ast.Name(self.count, ast.Store())], size)] + self.hoisted
        lines = self._used_lines()
        if not lines and id(self.answer) in self.own_answers:
            made.append(ast.Return(self.answer.value))
        else:
            kept = self.fresh("predictions")
            made.append(ast.Assign([ast.Name(kept, ast.Store())], ast.List([], ast.Load())))
            made += self.loop(lines + [self.append(kept, self.answer, place)], place)
            made.append(ast.Return(named(kept)))
        return [part if hasattr(part, "lineno") else ast.copy_location(part, place) for part in made]

    def _used_lines(self):
        """Without those that a model was asked with before, and that nothing uses any more."""
        used, kept = _names(self.answer), []
        for names, statement, bound in reversed(self.lines):
            if bound and not used & set(names) and self._is_done(bound):
                continue
            used |= _names(statement.value)
            kept.append(statement)
        return kept[::-1]

    def _is_done(self, bound):
        if bound.known is not NOTHING:
            return True
        if isinstance(bound.table, batch_tables.Table):
            return kind_of(bound.table.made) == "Name"
        return False


def _targets(statement):
    found = list(getattr(statement, "targets", None) or [getattr(statement, "target", None)])
    found += [part for target in found for part in getattr(target, "elts", [])]
    return [target for target in found if isinstance(target, ast.Name)]


def _names(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_text(node):
    return kind_of(node) in ("Str", "Constant") and isinstance(batch_rows.literal(node)[1], str)
