"""Makes a predictor for many samples of a straight-line predictor for one: Python 3.6 syntax.

    def predictor(x):                           def batch_predictor(xs):
        return kmodel.predict([x])[0]               answers = kmodel.predict([x for x in xs])
                                                    if answers.shape[0] != count: return []
                                                    for x in xs: predictions.append(answers[i : i + 1][0])

Models are asked about all rows at once, and everything else is done for each row by the notebook's own
expressions, in the same order. That is only done where nothing else can happen: lines that assign names, one
return, and in them pure functions, plain data and models that score each row by itself. Anything else has no
batched form, and `derive` says why. What it makes is then compared with the predictor (batch_check.py).
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import __future__

import ast
import inspect
import types

from _slipway_batch_lines import Body
from _slipway_batch_rows import Refused

NAME = "batch_predictor"
TEMPLATE = "def batch_predictor(xs):\n    return xs"
OWN_FLAGS = ("nested_scopes", "generators")  # flags of code that mean something else, or nothing any more
MOST_NODES = 2000


def derive(function, sources):
    """{"function": the batched form or None, "form": what it asks, as text, "reason": why there is none}.

    `sources` has the code of cells by the names under which they were compiled.
    """
    try:
        return dict(_derived(function, sources), reason=None)
    except Refused as refused:
        place = ""
        if refused.line is not None:
            place = "line %d of %s " % (refused.line, cell_words(function.__code__.co_filename))
        return {"function": None, "form": None, "reason": place + str(refused)}
    except RecursionError:
        return {"function": None, "form": None, "reason": "`predictor` is nested too deeply"}


def cell_words(file):
    """`<cell 3>`, or `<cell 3.1>` where the cell's code came in several parts, as "cell 3"."""
    return file.strip("<>").split(".")[0]


def _derived(function, sources):
    if type(function) is not types.FunctionType:
        raise Refused("`predictor` is no plain function")
    code = function.__code__
    node = _definition(code, sources)
    flags = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    if function.__closure__ or code.co_flags & flags:
        raise Refused("`predictor` is no plain function")
    if node.decorator_list:
        raise Refused("is decorated", node)
    arguments = node.args
    others = arguments.kwonlyargs or arguments.vararg or arguments.kwarg
    parameters = getattr(arguments, "posonlyargs", []) + arguments.args
    if others or len(parameters) != 1:
        raise Refused("has more than one parameter", node)
    if sum(1 for _ in ast.walk(node)) > MOST_NODES:
        raise Refused("`predictor` is too long")
    body = Body(function.__globals__, _all_names(node, code), parameters[0].arg)
    body.read(node.body)
    if not body.asked:
        raise Refused("`predictor` asks no model that is known to score row by row")
    made = _batch_code(body, node, code)
    return {
        "function": types.FunctionType(made, function.__globals__, NAME),
        "form": ", ".join(body.asked),
    }


def _all_names(node, code):
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | set(code.co_names) | set(code.co_varnames) | set(code.co_cellvars)


def _flags(code):
    flags = 0
    for name in __future__.all_feature_names:
        if name not in OWN_FLAGS:
            flags |= code.co_flags & getattr(__future__, name).compiler_flag
    return flags


def _definition(code, sources):
    """The `def` whose code this is. Raises Refused."""
    refused = Refused("`predictor` is not defined by a plain `def` in a cell")
    try:
        tree = ast.parse(sources[code.co_filename], code.co_filename)
        for statement in tree.body:
            if any(found == code for found in _codes(_compiled([statement], code))):
                return next(node for node in ast.walk(statement) if _is_definition(node, code))
    except (KeyError, SyntaxError, ValueError, StopIteration):
        pass
    raise refused


def _is_definition(node, code):
    if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
        return False
    return code.co_firstlineno in [node.lineno] + [part.lineno for part in node.decorator_list]


def _compiled(statements, code):
    """Statements compiled as IPython does, one by one: the whole text at once gives other byte code."""
    tree = ast.parse("")
    tree.body = statements
    return compile(tree, code.co_filename, "exec", _flags(code), True)


def _codes(code):
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [part for part in code.co_consts if isinstance(part, types.CodeType)]


def _batch_code(body, node, code):
    """The code of the batched form, with the lines of the predictor."""
    function = ast.parse(TEMPLATE).body[0]
    function.args.args[0].arg = body.all_rows
    for part in ast.walk(function):
        if hasattr(part, "lineno"):
            ast.copy_location(part, node)
    function.body = body.statements(node)
    made = _compiled([ast.fix_missing_locations(function)], code)
    return next(part for part in made.co_consts if isinstance(part, types.CodeType))
