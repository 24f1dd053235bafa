"""Every error code the source can raise or report, read from the source itself.

A code is given as `code=…`, as `default_code`, as the first argument of a `Finding` or `Clause`, in a row
`(Error, code, …)` of a table, or to a function of the same file whose parameter becomes part of a code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "caseway"
_CODE = re.compile(r"[a-z][a-z_0-9]*\.[a-z][a-z_0-9]*\Z")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Said:
    """A code with what may be said to a person, and what helps; `…` stands for what is known only then."""

    code: str
    sentences: Sequence[str]
    remedies: Sequence[str] = ()
    aloud: bool = True  # else it stands in the documentation only

    @property
    def sentence(self) -> str:
        return " / ".join(self.sentences)

    @property
    def remedy(self) -> str:
        return " / ".join(self.remedies)


def all_codes() -> dict[str, Said]:
    """Return every code, sorted, with the fullest words found for it."""
    best: dict[str, Said] = {}
    for _, said in everything_said():
        known = best.get(said.code)
        if known is None or (bool(said.sentence), bool(said.remedy)) > (
            bool(known.sentence),
            bool(known.remedy),
        ):
            best[said.code] = said
    return dict(sorted(best.items()))


def everything_said() -> Iterator[tuple[Path, Said]]:
    """Yield whatever is said under a code, with the file that says it."""
    for file in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in file.parts:
            for said in _File(ast.parse(file.read_text(encoding="utf-8"))).said():
                yield file, said


class _File:
    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.names = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, _Function)}
        self.calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.inside = {
            id(inner): function for function in self.functions.values() for inner in ast.walk(function)
        }

    def said(self) -> Iterator[Said]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.ClassDef):
                yield from self._class(node)
            elif isinstance(node, ast.Tuple):
                yield from self._row(node)

    def _call(self, node: ast.Call) -> Iterator[Said]:
        given = {one.arg: one.value for one in node.keywords}
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if "code" in given:
            sentences = self._texts(node.args[0]) if node.args else []
            for code in self._codes(given["code"]):
                yield Said(code, sentences, self._texts(given.get("remedy")))
        elif called == "Finding" and node.args:
            words = [self._texts(one) for one in node.args[2:]] + [[], []]
            for code in self._codes(node.args[0]):
                yield Said(code, words[0], words[1])
        elif called == "Clause" and len(node.args) == 2:
            for code in self._codes(node.args[0]):
                yield Said(code, self._texts(node.args[1]))
        elif called in self.functions and "code" in _parameters(self.functions[called]):
            yield from self._passed(node, self.functions[called])

    def _passed(self, node: ast.Call, function: _Function) -> Iterator[Said]:
        given = _argument(node, function, "code")
        for code in self._codes(given) if given is not None else ():
            texts = (self._texts(one) for one in node.args)
            yield Said(code, next((one for one in texts if any(" " in text for text in one)), ()))

    def _class(self, node: ast.ClassDef) -> Iterator[Said]:
        values: dict[str, ast.expr] = {}
        for one in node.body:
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                values[one.targets[0].id] = one.value
            elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value:
                values[one.target.id] = one.value
        for name in ("default_code", "code"):
            for code in self._codes(values[name]) if name in values else ():
                if sentences := self._texts(values.get("sentence")):
                    yield Said(code, sentences)
                else:
                    yield Said(code, [(ast.get_docstring(node) or "").split("\n")[0]], aloud=False)

    def _row(self, node: ast.Tuple) -> Iterator[Said]:
        if len(node.elts) >= 3 and isinstance(node.elts[0], ast.Name) and node.elts[0].id[:1].isupper():
            words = [self._texts(one) for one in node.elts[2:]] + [[], []]
            for code in self._codes(node.elts[1]):
                yield Said(code, words[0], words[1])

    def _codes(self, node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.IfExp):
            yield from self._codes(node.body)
            yield from self._codes(node.orelse)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.match(node.value):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from self._expanded(node)

    def _expanded(self, node: ast.JoinedStr) -> Iterator[str]:
        """Yield `mapping.{kind}_many` for every `kind` its function is called with in this file."""
        hole = next(one for one in node.values if isinstance(one, ast.FormattedValue))
        function = self.inside.get(id(node))
        if function is None or not isinstance(hole.value, ast.Name):
            return
        for value in self._values(function, hole.value.id):
            code = "".join(str(one.value) if isinstance(one, ast.Constant) else value for one in node.values)
            if _CODE.match(code):
                yield code

    def _values(self, function: _Function, name: str) -> Iterator[str]:
        """Yield the constants a parameter takes, over callers that pass their own parameter on."""
        for call in self.calls:
            called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            if called != function.name:
                continue
            given = _argument(call, function, name)
            outer = self.inside.get(id(call))
            if isinstance(given, ast.Constant):
                yield str(given.value)
            elif isinstance(given, ast.IfExp):
                yield from (
                    str(one.value) for one in (given.body, given.orelse) if isinstance(one, ast.Constant)
                )
            elif isinstance(given, ast.Name) and outer is not None and outer is not function:
                yield from self._values(outer, given.id)

    def _texts(self, node: ast.expr | None) -> list[str]:
        """Return what a piece of source may say: one text, or one for each way of an `if`."""
        if isinstance(node, ast.Name):
            node = self.names.get(node.id)
        if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", "") in ("_", "gettext"):
            node = node.args[0]
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) and node.value else []
        if isinstance(node, ast.JoinedStr):
            return ["".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)]
        if isinstance(node, ast.IfExp):
            return self._texts(node.body) + self._texts(node.orelse)
        if isinstance(node, ast.BinOp):
            ends = self._texts(node.right) or ["…"]
            return [left + right for left in self._texts(node.left) or ["…"] for right in ends]
        return []


def _parameters(function: _Function) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


def _argument(call: ast.Call, function: _Function, name: str) -> ast.expr | None:
    for one in call.keywords:
        if one.arg == name:
            return one.value
    names = _parameters(function)
    if name not in names:
        return None
    position = names.index(name) - (1 if names[:1] in (["self"], ["cls"]) else 0)
    return call.args[position] if position < len(call.args) else None
