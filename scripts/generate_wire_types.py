"""Writes `src/deployments/wire.ts` from `jupyterlab_slipway/wire.py`, the one description of the wire.

Each TypedDict becomes an interface (`Release` → `IRelease`, as the lint of Jupyter wants it), each Literal or
Union alias a type of the same name; docstrings of classes, aliases and attributes become doc comments.

    python scripts/generate_wire_types.py            writes the file
    python scripts/generate_wire_types.py --check    exits with 1 and a sentence when it is out of date
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from unittest import mock

import typing_extensions
from pydantic import TypeAdapter
from typing_extensions import is_typeddict

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "server_ext" / "jupyterlab_slipway" / "wire.py"
TARGET = ROOT / "src" / "deployments" / "wire.ts"
COMPILER = ROOT / "scripts" / "compile_wire_types.mjs"
BANNER = """// Generated from server_ext/jupyterlab_slipway/wire.py by scripts/generate_wire_types.py. Do not edit.
// All times are milliseconds since the epoch, all sizes and offsets are bytes.
"""

Schema = dict[str, Any]


class GenerationError(Exception):
    """The types could not be generated; the text says why."""


def load_wire() -> ModuleType:
    """The module by its path, so that neither the package nor its dependencies are needed."""
    spec = importlib.util.spec_from_file_location("wire", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["wire"] = module  # the string annotations are looked up there
    # Pydantic reads the standard library's TypedDict only from Python 3.12 on.
    with mock.patch("typing.TypedDict", typing_extensions.TypedDict):
        spec.loader.exec_module(module)
    return module


def declared_names(tree: ast.Module) -> dict[str, str | None]:
    """Classes and aliases in the order of the file, each with its docstring."""
    names: dict[str, str | None] = {}
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef):
            names[node.name] = ast.get_docstring(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = (
                following.value.value
                if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
                else None
            )
            names[node.targets[0].id] = inspect.cleandoc(text) if isinstance(text, str) else None
    return names


def without_titles(schema: Any) -> Any:
    """Pydantic titles every property; the compiler would make a named type of each."""
    if isinstance(schema, list):
        return [without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without_titles(inner) for name, inner in value.items()}
        if key == "properties"
        else without_titles(value)
        for key, value in schema.items()
        if key != "title"
    }


def typescript_name(module: ModuleType, name: str) -> str:
    return f"I{name}" if is_typeddict(getattr(module, name)) else name


class Translator:
    """Turns the declarations of one module into JSON Schemas that name each other by TypeScript names."""

    def __init__(self, module: ModuleType, names: dict[str, str | None]) -> None:
        self._module = module
        self._names = names
        for name in names:
            declared = getattr(module, name)
            if is_typeddict(declared):
                declared.__pydantic_config__ = {"use_attribute_docstrings": True}
        inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [
            (name, "validation", TypeAdapter(getattr(module, name))) for name in names
        ]
        schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template="#/$defs/{model}")
        self._definitions: dict[str, Schema] = without_titles(definitions.get("$defs", {}))
        self._aliases: dict[str, Schema] = {
            name: without_titles(schemas[name, "validation"])
            for name in names
            if not is_typeddict(getattr(module, name))
        }

    def schemas(self) -> list[tuple[str, Schema]]:
        result = []
        for name, docstring in self._names.items():
            is_alias = name in self._aliases
            schema = self._aliases[name] if is_alias else self._definitions[name]
            inner = {key: self._named(value) for key, value in schema.items()}
            if docstring:
                inner["description"] = docstring
            result.append((typescript_name(self._module, name), inner))
        return result

    def _named(self, schema: Any) -> Any:
        """Puts a name in the place of everything that has one, so that each type is compiled by itself."""
        if isinstance(schema, list):
            return [self._named(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        description = {"description": schema["description"]} if "description" in schema else {}
        bare = {key: value for key, value in schema.items() if key != "description"}
        if set(bare) == {"$ref"}:
            name = str(bare["$ref"]).rpartition("/")[2]
            return {"tsType": typescript_name(self._module, name), **description}
        for name, alias in self._aliases.items():
            if bare == alias:
                return {"tsType": name, **description}
        return {key: self._named(value) for key, value in schema.items()}


def generate() -> str:
    module = load_wire()
    names = declared_names(ast.parse(SOURCE.read_text(encoding="utf-8")))
    for name in names:
        if not is_typeddict(getattr(module, name)) and not get_args(getattr(module, name)):
            raise GenerationError(f"`{name}` in {SOURCE.name} is neither a TypedDict nor a Literal or Union.")
    payload = json.dumps([BANNER, *Translator(module, names).schemas()])
    try:
        done = subprocess.run(
            ["node", str(COMPILER), str(TARGET)],
            input=payload,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        raise GenerationError("Node.js is needed and was not found on PATH.") from None
    if done.returncode != 0:
        raise GenerationError(
            f"{COMPILER.name} did not work. Are the front-end packages installed (`jlpm install`)?\n"
            f"{done.stderr}"
        )
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is out of date")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file (default: %(default)s)")
    options = parser.parse_args(arguments)
    target: Path = options.target
    try:
        text = generate()
    except GenerationError as error:
        print(error, file=sys.stderr)
        return 2
    if not options.check:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return 0
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"{target} is not what {SOURCE.relative_to(ROOT)} says: "
        "run `python scripts/generate_wire_types.py` and commit the result.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
