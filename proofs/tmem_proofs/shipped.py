"""Which functions of the shipped source are under proof: those that the operations call, by name, all the way down.

What a function calls is read off its source: names of its module or imported into it, methods of `self` and of
parameters whose class is annotated. Callbacks belong to the caller of tmem, and are not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tmem_proofs.claims.law_cases import LAW_CASES
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.places import Place, defined_in, place_of
from tmem_proofs.source import source_folder
from tmem_spec.store import step

# The function that an operation runs; `Tmem.put` and its like run the method of that name.
OPERATIONS = {
    "insert": "_operations.put",
    "insert refused growing": "_operations.put",
    "insert refused descending": "_operations.put",
    "insert not created": "_operations.put",
    "replace": "_operations.put",
    "replace not created": "_operations.put",
    "delete": "_operations.flush_page",
    "lookup": "_tree.lookup",
    "place": "_tree.place",
    "get": "_operations.get",
    "span": "_runs.span",
    "fill": "_runs.fill",
    "plant": "_runs.plant",
    "cut": "_runs.cut",
    "drain": "_tree.drain",
    "first used slot": "_tree._first_used",
    "used slots": "_tree.used",
    "last used slot": "_runs._last_used",
    "split": "_runs.split",
    "create_all": "_pool.create_all",
    "read_all": "_pool.read_all",
    "take": "_pool.take",
    "release": "_pool.release",
    "height_for": "_words.height_for",
    "bucket_of": "_words.bucket_of",
    "order of oids": "_teardown.flush_pool",
}

# The specification's function that an operation of theorem A runs, if that is no step of the machine.
_SPECIFIED = {f"{MACHINE}{one.operation}": one.function for one in LAW_CASES}


def function_of(operation: str) -> str:
    """`_operations.put`: the shipped function that an operation runs; of theorem A, the specification's."""
    if operation.startswith(MACHINE):
        specified = _SPECIFIED.get(operation, step)
        return f"{specified.__module__}.{specified.__name__}"
    return OPERATIONS.get(operation, f"store.{operation}")


def functions() -> dict[str, Place]:
    """Every function and method of the package, by module and qualified name, in the order of the source."""
    found = {}
    for module, (file, tree) in _modules(source_folder()).items():
        for name, node in defined_in(tree):
            if isinstance(node, ast.FunctionDef):
                found[f"{module}.{name}"] = Place(file, node.lineno, node.end_lineno or node.lineno)
    return found


def place_of_operation(operation: str) -> Place:
    """Where the function that an operation runs is. Raises KeyError if there is no such function."""
    if operation.startswith(MACHINE):
        return place_of(_SPECIFIED.get(operation, step))
    return functions()[function_of(operation)]


def under_proof(operations: Iterable[str]) -> list[str]:
    """The functions that these operations run, their own included, in the order of the source."""
    return called_from(function_of(one) for one in operations)


def called_from(first: Iterable[str]) -> list[str]:
    """These functions, `_tree.insert`, and all that they call, in the order of the source."""
    calls = _calls(source_folder())
    reached: set[str] = set()
    ahead = list(first)
    while ahead:
        one = ahead.pop()
        if one in calls and one not in reached:
            reached.add(one)
            ahead += calls[one]
    return [name for name in functions() if name in reached]


@cache
def _calls(folder: Path) -> dict[str, list[str]]:
    """What each function of the package in a folder calls."""
    return {
        f"{module}.{name}": list(_called(module, name, node, tree))
        for module, (_, tree) in _modules(folder).items()
        for name, node in defined_in(tree)
        if isinstance(node, ast.FunctionDef)
    }


@cache
def _modules(folder: Path) -> dict[str, tuple[Path, ast.Module]]:
    files = sorted(folder.glob("*.py"))
    return {file.stem: (file, ast.parse(file.read_text(encoding="utf-8"))) for file in files}


def _called(module: str, name: str, function: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    """The functions that one names in its body; annotations are no calls, but tell whose method one is."""
    imported = _imported(tree)
    kinds = {one.arg: one.annotation.id for one in function.args.args if isinstance(one.annotation, ast.Name)}
    for node in (node for statement in function.body for node in ast.walk(statement)):
        match node:
            case ast.Name(id=called):
                yield imported.get(called, f"{module}.{called}")
            case ast.Call(func=ast.Name(id=made)):
                yield f"{imported.get(made, f'{module}.{made}')}.__init__"
            case ast.Attribute(value=ast.Name(id="self"), attr=called):
                yield f"{module}.{name.rpartition('.')[0]}.{called}"
            case ast.Attribute(value=ast.Name(id=owner), attr=called):
                kind = kinds.get(owner, owner)
                yield f"{imported.get(kind, f'{module}.{kind}' if owner in kinds else kind)}.{called}"


def _imported(tree: ast.Module) -> dict[str, str]:
    """What a module calls things of its siblings, and what they are: `delete` is `_tree.delete`."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}" if node.module else alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
