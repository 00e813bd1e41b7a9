"""Operators on statements: one is dropped, gives another value, loses its handler, its lock or its rounds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmem_proofs.mutants.mutant import Edit, Text
from tmem_proofs.mutants.operators import Operator

_DROPPED = ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete | ast.Raise


def dropped(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """A statement is not there."""
    bare = isinstance(node, ast.Return) and node.value is None
    if bare or (isinstance(node, _DROPPED) and not _declares(node)):
        assert isinstance(node, ast.stmt)  # noqa: S101 - for the type checker
        yield Edit(text.start(node), text.end(node), "pass", text.of(node), "pass")


def _declares(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is None


def returned(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """A function gives None, or nothing but the other truth value."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if isinstance(node.value, ast.Constant):
        if node.value.value is None:
            yield Edit(text.start(node), text.end(node), "pass", text.of(node), "pass")
        return
    yield Edit(text.start(node), text.end(node), "return None", text.of(node), "return None")


def handled(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """An exception is not caught, is caught and forgotten, or is caught only if it is an `Exception`."""
    if not isinstance(node, ast.ExceptHandler) or node.type is None:
        return
    first, last = node.body[0], node.body[-1]
    told = f"except {text.of(node.type)}: {text.source[text.start(first) : text.end(last)]}"
    for instead in ("raise", "pass"):
        yield Edit(text.start(first), text.end(last), instead, told, instead)
    if text.of(node.type) == "BaseException":
        was = f"except BaseException: {text.of(first)}"
        yield Edit(text.start(node.type), text.end(node.type), "Exception", was, "except Exception")


def locked(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """A lock is not taken."""
    if isinstance(node, ast.With):
        items = [item.context_expr for item in node.items]
        start, end = text.start(node), text.end(items[-1])
        yield Edit(start, end, "if True", text.source[start:end], "if True")


def repeated(text: Text, node: ast.AST, _: ast.AST) -> Iterator[Edit]:
    """A loop goes no round, or ends with its first one; what ends one goes on with it, and the other way round."""
    if isinstance(node, ast.For):
        head = text.source[text.start(node) : text.end(node.iter)]
        yield Edit(text.start(node.iter), text.end(node.iter), "()", head, "no round")
    if isinstance(node, ast.For | ast.While):
        head = text.of(node).splitlines()[0]
        at, indent = text.end(node.body[-1]), " " * node.body[-1].col_offset
        yield Edit(at, at, f"\n{indent}break", head, f"{head} one round")
    if isinstance(node, ast.Break | ast.Continue):
        new = "continue" if isinstance(node, ast.Break) else "break"
        yield Edit(text.start(node), text.end(node), new, text.of(node), new)


STATEMENTS: tuple[Operator, ...] = (dropped, returned, handled, locked, repeated)
