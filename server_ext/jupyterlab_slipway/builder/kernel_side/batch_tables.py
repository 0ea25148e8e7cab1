"""The ways in which people put one row into a table for a model, and the same for many: Python 3.6 syntax.

What a model is asked about one row, `model.predict([x])`, is asked once for all rows before anything else,
and what the rest of the code gets of it is the slice `answer[i : i + 1]`: as if that row had been asked about
alone.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import ast
from typing import NamedTuple

import _slipway_batch_models as models
import _slipway_batch_rows as batch_rows
import _slipway_batch_values as values
from _slipway_batch_rows import NOTHING, Refused, index_of, kind_of, literal, named, text_of


class Table(NamedTuple):
    """The table of all rows."""

    made: ast.AST  # an expression for it
    text: str  # what it is made of
    is_frame: bool  # of pandas


SHAPING = ("astype", "fillna", "toarray", "todense", "to_numpy")
ARRAY_ARGUMENTS = ("dtype", "copy", "order")
ALL = "xs"


class Tables(batch_rows.Rows):
    def __init__(self, namespace, taken, parameter):
        batch_rows.Rows.__init__(self, namespace, taken)
        self.all_rows, self.one_row = self.fresh("xs"), self.fresh(parameter)
        self.index, self.count = self.fresh("index"), self.fresh("count")
        self.hoisted = []  # statements for all rows
        self.asked = []  # of which models, as text
        self.answers = {}  # tables of answers by the call that asked
        self.own_answers = {}  # expressions for one row's answer, by their ids
        self.bound[parameter] = batch_rows.Bound(self.one_row, named(self.one_row), batch_rows.STEADY)

    # ------------------------------------------------------------ statements

    def keep(self, made, node, name="rows"):
        """Has `made` computed once for all rows; its name."""
        kept = self.fresh(name)
        self.hoisted.append(ast.copy_location(ast.Assign([ast.Name(kept, ast.Store())], made), node))
        return kept

    def give_up_unless(self, left, right, node):
        """Without being equal, no predictions at all: that says that this batch is none."""
        test = ast.Compare(left, [ast.NotEq()], [right])
        nothing = ast.Return(ast.List([], ast.Load()))
        self.hoisted.append(ast.copy_location(ast.If(test, [nothing], []), node))

    def each(self, made, node):
        """A list of `made` for each row."""
        if not any(isinstance(part, ast.Name) and part.id == self.index for part in ast.walk(made)):
            target = ast.Name(self.one_row, ast.Store())
            generator = ast.comprehension(target, named(self.all_rows), [], 0)
            return ast.copy_location(ast.ListComp(made, [generator]), node)
        kept = self.keep(ast.List([], ast.Load()), node)
        self.hoisted += self.loop([self.append(kept, made, node)], node)
        return named(kept)

    def append(self, kept, made, node):
        call = ast.Call(ast.Attribute(named(kept), "append", ast.Load()), [made], [])
        return ast.copy_location(ast.Expr(call), node)

    def loop(self, body, node):
        """`body` for each row, with its number."""
        number = ast.Name(self.index, ast.Store())
        begin = ast.Assign([number], number_node(0))
        following = ast.AugAssign(ast.Name(self.index, ast.Store()), ast.Add(), number_node(1))
        target = ast.Name(self.one_row, ast.Store())
        loop = ast.For(target, named(self.all_rows), body + [following], [])
        return [ast.copy_location(begin, node), ast.copy_location(loop, node)]

    # ------------------------------------------------------------ models

    def is_asked(self, node):
        """Is it a call of a model's method that may go row by row?"""
        if kind_of(node) != "Call" or kind_of(node.func) != "Attribute":
            return False
        if node.func.attr not in models.METHODS:
            return False
        return self.resolve(node.func.value)[0] is not NOTHING

    def ask(self, node):
        """Has a model asked about all rows, once; the table of its answers. Raises Refused."""
        if node not in self.answers:
            self.answers[node] = self._ask(node)
        return self.answers[node]

    def _ask(self, node):
        model, path = self.resolve(node.func.value)
        method, words = node.func.attr, text_of(path)
        try:
            models.check_method(model, method, words)
        except models.Unknown as unknown:
            raise Refused(str(unknown), None) from None
        if len(node.args) != 1 or node.keywords or kind_of(node.args[0]) == "Starred":
            raise Refused("gives `%s.%s` other than one argument" % (words, method), node)
        table = self.table(node.args[0])
        call = ast.Call(ast.Attribute(path, method, ast.Load()), [table.made], [])
        answers = self.keep(ast.copy_location(call, node), node, "answers")
        shape = ast.Attribute(named(answers), "shape", ast.Load())
        rows = ast.Subscript(shape, subscript_of(number_node(0)), ast.Load())
        self.give_up_unless(rows, named(self.count), node)
        text = "%s.%s(%s)" % (words, method, table.text)
        self.asked = [asked for asked in self.asked if asked != table.text] + [text]
        return Table(named(answers), text, False)

    def own_part(self, answers, node):
        """What one row gets of the answers to all."""
        following = ast.BinOp(named(self.index), ast.Add(), number_node(1))
        part = ast.Subscript(answers, ast.Slice(named(self.index), following, None), ast.Load())
        return ast.copy_location(part, node)

    def is_first_answer(self, node):
        """Is it `model.predict([x])[0]`, or alike?"""
        if kind_of(node) != "Subscript" or not is_number(index_of(node), 0):
            return False
        return self.is_asked(node.value) and node.value.func.attr not in ("transform", "inverse_transform")

    def own_answer(self, node):
        """What is first in one row's part of an array of answers."""
        made = ast.Subscript(self.ask(node.value).made, subscript_of(named(self.index)), ast.Load())
        self.own_answers[id(made)] = made
        return ast.copy_location(made, node)

    def row_of_call(self, node, inner):
        if not self.is_asked(node):
            return None
        if inner:
            raise Refused("asks a model in a comprehension", node)
        model, _ = self.resolve(node.func.value)
        method = node.func.attr
        is_coded = method == "transform" and type(model).__name__ in batch_rows.CODES
        if method not in batch_rows.NUMERIC and not is_coded:
            raise Refused("makes a row of what `%s` answers" % text_of(node.func), node)
        return self.own_part(self.ask(node).made, node), batch_rows.STEADY

    # ------------------------------------------------------------ tables

    def table(self, node):
        """The Table of an expression that makes a table of one row. Raises Refused for any other."""
        if self.is_asked(node):
            return self.ask(node)
        reader = getattr(self, "table_" + kind_of(node).lower(), None)
        found = None if reader is None else reader(node)
        if found is None:
            raise Refused("gives a model something that is not one row made in a known way", node)
        return Table(ast.copy_location(found.made, node), found.text, found.is_frame)

    def table_name(self, node):
        bound = self.bound.get(node.id)
        if bound is None or bound.table is None:
            return None
        if isinstance(bound.table, Refused):
            raise bound.table
        if kind_of(bound.table.made) != "Name":
            kept = self.keep(bound.table.made, node)
            bound.table = bound.table._replace(made=named(kept))
        return bound.table

    def table_list(self, node):
        if len(node.elts) != 1 or kind_of(node.elts[0]) == "Starred":
            return None
        return Table(self.each(self.row(node.elts[0])[0], node), ALL, False)

    def table_attribute(self, node):
        if node.attr != "values":
            return None
        table = self.table(node.value)
        return Table(ast.Attribute(table.made, "values", ast.Load()), table.text, False)

    def table_subscript(self, node):
        index = index_of(node)
        parts = index.elts if kind_of(index) == "Tuple" else getattr(node.slice, "dims", None)
        if parts is None and self._is_new_axis(index):
            return self._stacked(node.value, node, 2)
        if parts is not None and len(parts) == 2 and _is_whole(parts[1]) and self._is_new_axis(parts[0]):
            return self._stacked(node.value, node, 2)
        table = self.table(node.value)
        if parts is None and table.is_frame:
            made, kind = self.row(index)
            names = self._texts(index)
            if kind == batch_rows.CONSTANT and names:
                chosen = ast.Subscript(table.made, subscript_of(made), ast.Load())
                return Table(chosen, table.text, True)
        return None

    def _is_new_axis(self, node):
        node = node.value if kind_of(node) == "Index" else node
        is_constant, value = literal(node)
        return (is_constant and value is None) or (not is_constant and self.resolve(node)[0] is None)

    def _texts(self, node):
        """Are these the names of columns?"""
        is_constant, found = literal(node)
        if not is_constant:
            found = self.resolve(node)[0]
        return type(found) is list and all(type(name) is str for name in found)

    def _stacked(self, node, place, dimensions):
        """All rows, each of which `node` makes an array, in one array."""
        made, _ = self.row(node)
        function = self.callable_of(made.func) if kind_of(made) == "Call" else None
        home, name = self.known.name_of(function)
        if home != "numpy" or name not in values.ARRAYS or not made.args:
            return None
        if any(keyword.arg not in ARRAY_ARGUMENTS for keyword in made.keywords):
            return None
        listed = self.each(made.args[0], place)
        array = ast.Call(made.func, [listed] + made.args[1:], made.keywords)
        return self._of_dimensions(array, place, dimensions)

    def _of_dimensions(self, array, place, dimensions):
        if dimensions is None:
            return Table(array, ALL, False)
        kept = self.keep(ast.copy_location(array, place), place)
        size = ast.Attribute(named(kept), "ndim", ast.Load())
        self.give_up_unless(size, number_node(dimensions), place)
        return Table(named(kept), ALL, False)

    def table_call(self, node):
        function = self.callable_of(node.func)
        home, name = self.known.name_of(function)
        if function is None:
            return self._shaped(node) if kind_of(node.func) == "Attribute" else None
        if home == "pandas" and name == "DataFrame":
            return self._frame(node)
        if home != "numpy" or not node.args:
            return None
        if name in values.ARRAYS:
            keywords, _ = self._row_keywords(node, ())
            if any(keyword.arg not in ARRAY_ARGUMENTS for keyword in keywords):
                return None
            table = self.table(node.args[0])
            others = [self._constant(argument) for argument in node.args[1:]]
            path = self.resolve(node.func)[1]
            return Table(ast.Call(path, [table.made] + others, keywords), table.text, False)
        if name == "atleast_2d" and len(node.args) == 1:
            made, _ = self.row(node.args[0])
            path = self.resolve(node.func)[1]
            return self._of_dimensions(ast.Call(path, [self.each(made, node)], []), node, 2)
        if name == "reshape" and len(node.args) == 2 and literal(node.args[1]) in ONE_ROW:
            return self._reshaped(self._stacked(node.args[0], node, None))
        if name == "expand_dims" and is_number(_only(node.args[1:], node.keywords, "axis"), 0):
            return self._stacked(node.args[0], node, 2)
        if name in ("hstack", "concatenate"):
            return self._beside(node, name)
        return None

    def _constant(self, node):
        made, kind = self.row(node)
        if kind != batch_rows.CONSTANT:
            raise Refused("makes a table with arguments that are no constants", node)
        return made

    def _refuse_categories(self, node):
        """pandas numbers the categories of a column by the values that are in it."""
        parts = node.values if kind_of(node) == "Dict" else [node]
        for part in parts:
            is_constant, value = literal(part)
            value = value if is_constant else self.resolve(part)[0]
            if "category" in str(value):
                raise Refused("makes categories of the values in a table", node)

    def _beside(self, node, name):
        """Tables beside one another."""
        by_columns = is_number(_only(node.args[1:], node.keywords, "axis"), 1)
        if kind_of(node.args[0]) not in ("List", "Tuple") or (name == "concatenate" and not by_columns):
            return None
        if name == "hstack" and (node.keywords or len(node.args) != 1):
            return None
        tables = [self.table(part) for part in node.args[0].elts]
        kept = [self.keep(table.made, node) for table in tables]
        for name_of_table in kept:
            size = ast.Attribute(named(name_of_table), "ndim", ast.Load())
            self.give_up_unless(size, number_node(2), node)
        made = ast.List([named(name_of_table) for name_of_table in kept], ast.Load())
        path = self.resolve(node.func)[1]
        text = ", ".join(sorted({table.text for table in tables}))
        return Table(ast.Call(path, [made] + node.args[1:], node.keywords), text, False)

    def _frame(self, node):
        """pd.DataFrame([x]), of columns, or pd.DataFrame(x, index=[0])."""
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if len(node.args) != 1 or not set(keywords) <= {"columns", "index", "dtype"}:
            return None
        path, rows = self.resolve(node.func)[1], node.args[0]
        index = keywords.pop("index", None)
        others = [ast.keyword(name, self._constant(value)) for name, value in keywords.items()]
        if "dtype" in keywords:
            self._refuse_categories(keywords["dtype"])
        if index is not None:
            if literal(index) != (True, [0]) or others:
                return None
            made = self.each(ast.Dict([None], [self.row(rows)[0]]), node)  # of a mapping, or it raises
            return Table(ast.Call(path, [made], []), ALL, True)
        if kind_of(rows) == "Dict":
            tables = [self.table(value) for value in rows.values]
            if not tables or any(kind_of(value) != "List" for value in rows.values):
                return None
            keys = [self._constant(key) if key is not None else None for key in rows.keys]
            if None in keys:
                return None
            made, text = ast.Dict(keys, [table.made for table in tables]), ALL
        else:
            table = self.table(rows)
            made, text = table.made, table.text
        return Table(ast.Call(path, [made], others), text, True)

    def _shaped(self, node):
        """A method of a table, or of an array of one row, that keeps rows apart."""
        name, owner = node.func.attr, node.func.value
        arguments = [literal(argument) for argument in node.args]
        if name == "reshape" and (arguments == [(True, 1), (True, -1)] or arguments[:1] in ONE_ROWS):
            try:
                return self._reshaped(self._stacked(owner, node, None))
            except Refused:
                return self._reshaped(self.table(owner))
        if name == "reshape" and arguments == [(True, -1), (True, 1)]:
            table = self.table(owner)
            made = ast.Call(ast.Attribute(table.made, "reshape", ast.Load()), node.args, [])
            return Table(made, table.text, False)
        if name not in SHAPING or any(keyword.arg not in ARRAY_ARGUMENTS for keyword in node.keywords):
            return None  # errors="ignore" or method="ffill" would look at the rows above
        table = self.table(owner)
        keywords, kind = self._row_keywords(node, ())
        others = [self._constant(argument) for argument in node.args]
        for given in node.args + [keyword.value for keyword in node.keywords]:
            self._refuse_categories(given)
        made = ast.Call(ast.Attribute(table.made, name, ast.Load()), others, keywords)
        return Table(made, table.text, table.is_frame and name in ("astype", "fillna"))

    def _reshaped(self, table):
        if table is None:
            return None
        rows = [named(self.count), ast.UnaryOp(ast.USub(), number_node(1))]
        return Table(ast.Call(ast.Attribute(table.made, "reshape", ast.Load()), rows, []), table.text, False)


ONE_ROW = ((True, (1, -1)), (True, [1, -1]))
ONE_ROWS = tuple([shape] for shape in ONE_ROW)


def is_number(node, wanted):
    _, value = literal(node)
    return type(value) is int and value == wanted


def number_node(value):
    return ast.parse(str(value), mode="eval").body


def subscript_of(node):
    """An expression in the brackets of a subscript."""
    made = ast.parse("a[0]", mode="eval").body.slice
    return ast.Index(node) if kind_of(made) == "Index" else node


def _is_whole(node):
    return kind_of(node) == "Slice" and node.lower is node.upper is node.step is None


def _only(arguments, keywords, name):
    """The one argument, or the one keyword of that name; else what is no constant."""
    found = list(arguments) + [keyword.value for keyword in keywords if keyword.arg == name]
    return found[0] if len(found) == 1 and len(keywords) + len(arguments) == 1 else named(name)
