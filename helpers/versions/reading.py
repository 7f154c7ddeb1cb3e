"""What a piece of code uses: the names in it, looked up in the scopes in which Python does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.versions.definitions import Bound, Code

PUTS = ("register", "append", "add", "extend", "update", "insert")  # methods that only put in
IMPORTERS = ("import_module", "__import__")
SHOWS = ("getsource", "getsourcelines", "getdoc")  # of `inspect`: a reader sees the text
# Code runs at import, when it is called, as another method of a class, when a class is a base.
NOW, LATER, METHOD, SUBCLASS = range(4)
MAKES = ("__new__", "__init__", "__post_init__", "__call__")  # what calling a class, or one, runs


@dataclass
class Uses:
    """What one piece of code uses, as names of definitions.

    Attributes
    ----------
    reads, puts : tuple of set of str
        What it uses, and what it only puts something into: `NOW`, `LATER`, and so on.
    calls, handed : set of str
        What it calls when its module is imported, and what its decorators name beside.
    bases, shown : set of str
        The classes that a class is made from, and the definitions whose text it shows.
    fills, shows_any : bool
        Whether it puts something into what it is handed, or shows the text of it.
    reads_doc, lists_subclasses : bool
        Whether a class reads its own docstring; whether a class's ``__subclasses__`` are read.
    keys : set of str
        Under what it puts something in when its module is imported, as regular expressions.
    lookups : set of tuple
        Definitions that are called with a text, or looked into by one, each with the text; with
        None where it is no text.
    texts, forms : set of str
        Its string constants; its f-strings, as regular expressions.
    """

    reads: tuple[set[str], ...] = field(default_factory=lambda: (set(), set(), set(), set()))
    puts: tuple[set[str], ...] = field(default_factory=lambda: (set(), set(), set(), set()))
    calls: set[str] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    fills: bool = False
    shows_any: bool = False
    reads_doc: bool = False
    lists_subclasses: bool = False
    keys: set[str] = field(default_factory=set)
    lookups: set[tuple[str, str | None]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)


def read(code: Code, module: str, nodes: Iterable[ast.AST], scopes: Iterable[Bound] = ()) -> Uses:
    """What code of a module uses; `scopes` are those around it, if it is no module's."""
    reader = _Reader(code, module, list(scopes))
    for node in nodes:
        reader.visit(node)
    return reader.uses


class _Reader(ast.NodeVisitor):
    def __init__(self, code: Code, module: str, scopes: list[Bound]) -> None:
        self.code, self.module, self.scopes = code, module, scopes
        self.uses, self.time = Uses(), NOW
        self.class_depth, self.arguments = 0, set()

    @contextmanager
    def _inside(self, names: Bound, time: int | None = None) -> Iterator[None]:
        before, self.time = self.time, self.time if time is None else time
        self.scopes.append(names)
        yield
        self.scopes.pop()
        self.time = before

    # ---- scopes ----------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._decorators(node)
        self._defaults(node.args)
        later = LATER
        if self.class_depth and node.name not in MAKES:
            later = SUBCLASS if node.name == "__init_subclass__" else METHOD
        arguments = _arguments(node.args)
        self.arguments |= arguments.keys()
        names = arguments | self.code.bound(node.body, self.module)
        with self._inside(names, later if self.time == NOW else self.time):
            for statement in node.body:
                self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        with self._inside(_arguments(node.args)):
            self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._decorators(node)
        for base in node.bases:
            self.uses.bases |= self._find(_path(base))
        self.class_depth += 1
        for part in (*node.bases, *node.keywords, *node.body):
            self.visit(part)
        self.class_depth -= 1

    def _comprehension(self, node: ast.ListComp | ast.DictComp) -> None:
        first = node.generators[0]
        self.visit(first.iter)  # in the scope around it
        with self._inside(self.code.bound([one.target for one in node.generators], self.module)):
            for field_name, value in ast.iter_fields(node):
                if field_name != "generators":
                    self.visit(value)
            for one in node.generators:
                for part in (*one.ifs, one.target, *([] if one is first else [one.iter])):
                    self.visit(part)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)

    def _decorators(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        before = set(self.uses.reads[self.time])
        for decorator in node.decorator_list:
            self.visit(decorator)
            if self.time == NOW:
                self._enters(decorator)
        self.uses.handed |= self.uses.reads[self.time] - before

    def _enters(self, call: ast.expr) -> None:
        """A decorator, or a call that stands alone: ``enter("key")``, ``TABLE.enter``."""
        path = _path(getattr(call, "func", call))
        key = _form(call.args[0]) if isinstance(call, ast.Call) and call.args else ".*"
        if matches := self._find(path):
            self.uses.calls |= matches
            self.uses.keys.add(key)
        self._put(path[:-1], key)

    # ---- names -----------------------------------------------------------------------------

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        for part in filter(None, (node.target, node.value)):  # nothing is computed of annotations
            self.visit(part)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._name([node.id])
        elif self.scopes and not any(node.id in scope for scope in self.scopes):  # global
            self._put([node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = _path(node)
        if not path:
            self._special(["", node.attr], set())
            self.visit(node.value)
        elif isinstance(node.ctx, ast.Load):
            self._name(path)
        else:
            self._put(path)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.slice)
        inner: ast.expr = node.value
        while isinstance(inner, ast.Subscript):
            self.visit(inner.slice)
            inner = inner.value
        if _path(inner) and isinstance(node.ctx, ast.Load):
            self._name(_path(inner), node.slice)
        elif not _path(inner):
            self.visit(inner)
        else:
            self._put(_path(inner), _form(node.slice))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._put([node.target.id])
        else:
            self.visit(node.target)

    def _find(self, path: list[str]) -> set[str]:
        """Definitions that a dotted name may stand for, here."""
        for scope in reversed(self.scopes):
            if path and path[0] in scope:
                matches = (
                    self.code.imported(to, [*names, *path[1:]]) for to, names in scope[path[0]]
                )
                return set().union(*matches)
        return self.code.follow(self.module, path) if path else set()

    def _put(self, path: list[str], key: str | None = None) -> None:
        """Note what something is put into, under a key, or bound anew."""
        matches = self._find(path)
        self.uses.reads[self.time].update(one for one in matches if one.endswith("@"))
        matches = {one for one in matches if not one.endswith(("@", ":*"))}
        self.uses.puts[self.time].update(matches)
        if matches and self.time == NOW:
            self.uses.keys.add(key or ".*")
        if key and path and not matches:
            self.uses.lists_subclasses |= self.time == SUBCLASS  # cls.members[…] = …
            self.uses.fills |= path[0] in self.arguments - {"self", "cls"}

    def _name(self, path: list[str], key: ast.expr | None = None) -> None:
        """Note a dotted name, with what it is called with or looked into by."""
        owner = self._find(path[:-1])
        if path[-1] in PUTS and len(path) > 1 and not any(one.endswith(":*") for one in owner):
            self._put(path[:-1], ".*")
            return
        matches = self._find(path)
        self.uses.reads[self.time].update(matches)
        text = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
        self.uses.lookups.update((one, text) for one in matches)
        self._special(path, matches)

    def _special(self, path: list[str], matches: set[str]) -> None:
        """Names that are more than they look like."""
        if path[-1] in SHOWS:
            self.uses.shows_any = True
        if "__doc__" in path[1:] or (path == ["__doc__"] and not matches):
            self.uses.shown |= matches
            self.uses.reads_doc |= not matches and self.class_depth > 0
            self.uses.shows_any |= not matches and self.class_depth == 0
        self.uses.lists_subclasses |= "__subclasses__" in path
        if path[0] in ("globals", "eval", "exec") and not matches:
            self.uses.reads[self.time].add(f"{self.module}:*")
        if path[:2] == ["sys", "modules"]:
            self.uses.reads[self.time].update(f"{module}:*" for module in self.code.lines)

    # ---- calls and texts -------------------------------------------------------------------

    def visit_Expr(self, node: ast.Expr) -> None:
        if self.time == NOW:
            self._enters(node.value)
        if _called(node.value) in IMPORTERS:  # for its effects alone: nothing is read of it
            imported = self._meant(node.value)
            self.uses.reads[self.time].update(f"{module}:import" for module in imported)
            for part in node.value.args:
                self.visit(part)
        else:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name in SHOWS and node.args and (matches := self._find(_path(node.args[0]))):
            self.uses.shown |= matches
        elif path := _path(node.func):
            self._name(path, node.args[0] if node.args else None)
        else:
            self.visit(node.func)
        if self.time == NOW:
            self.uses.calls |= self._find(_path(node.func))
        if name in IMPORTERS:
            self.uses.reads[self.time].update(f"{module}:*" for module in self._meant(node))
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def _meant(self, call: ast.Call) -> Iterator[str]:
        """The modules that a call may import, by what their name begins with."""
        name = call.args[0] if call.args else None
        start = ""
        for part in name.values if isinstance(name, ast.JoinedStr) else [name]:
            inner = getattr(part, "value", None)
            if getattr(inner, "id", None) == "__package__":
                inner = self.code.package(self.module)
            if not isinstance(inner, str):
                break
            start += inner
        if start.startswith("."):
            start = self.code.package(self.module) + start
        exact = isinstance(name, ast.Constant)
        return (
            one for one in self.code.lines if one == start or (not exact and one.startswith(start))
        )

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.uses.texts.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.uses.forms.add(_form(node))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.generic_visit(part)


def _form(text: ast.AST | None) -> str:
    """What a text may be, as a regular expression: a constant, an f-string, or anything."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    values = [getattr(part, "value", None) for part in parts]
    return "".join(re.escape(value) if isinstance(value, str) else ".*" for value in values)


def _path(node: ast.AST) -> list[str]:
    """A dotted name in its parts; empty for what is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _called(node: ast.expr) -> str:
    """The last name of what is called; empty for what is no call."""
    function = getattr(node, "func", None)
    return getattr(function, "attr", None) or getattr(function, "id", "")


def _arguments(arguments: ast.arguments) -> Bound:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += filter(None, (arguments.vararg, arguments.kwarg))
    return {one.arg: [] for one in every}
