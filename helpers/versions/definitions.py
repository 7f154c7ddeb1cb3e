"""The course's code as definitions that use each other: what a change in one place can change.

A definition is what a module binds at its top level, written "module:name": a function, a class
with all its methods, a value. It uses the definitions that its code names, wherever they come
from: ``noise.MODELS``, through a package's ``__init__``, through an import inside a function.
Nothing is imported or run: `Code` reads texts, those that lie here or those of a commit.

What a container holds counts with it. ``TABLE["x"] = …``, a decorator that registers, a base
class that enters its subclasses: whoever reads the container uses all that was put into it, and
whoever only puts something in uses nothing of the rest. Of a module that is handed on as a value
everything counts. What cannot be seen: a module whose name is computed when it is imported, and
what is put into a container by another name than its own, or by a function that is handed on.

>>> code = Code({"p": "from p.a import f", "p.a": "K = 2\\ndef f(): return K\\ndef g(): return 3"})
>>> sorted(code.closure(code.follow("p", ["f"])))
['p.a:K', 'p.a:f']
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import resolve_name

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DESCRIBED = (ast.Module, ast.ClassDef, *FUNCTIONS)  # may have a docstring
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
CONTAINERS = (ast.Call, ast.Dict, ast.List, ast.Set, *COMPREHENSIONS)
MAKES = ("__new__", "__init__", "__post_init__", "__call__")  # what calling a class, or one, runs
UNREAD = ("ctx", "kind", "type_comment", "type_params")  # fields of a tree that add nothing
PUTS = ("register", "append", "add", "extend", "update", "insert")  # methods that only put in
SHOWS = ("getsource", "getsourcelines", "getdoc")  # of `inspect`: a reader sees the text

_PARSING = threading.Lock()  # Python 3.11 counts the depth of all threads' trees in one place


@dataclass
class Piece:
    """A statement of a module's top level, and what it names.

    Attributes
    ----------
    means : dict of str to set of str
        Its dotted names, with the definitions that each may stand for.
    puts : dict of str to set of str
        Definitions that it only puts something into: at "import", when it is called ("call"), or
        when a class is made from it ("subclass").
    calls : set of str
        What it calls at import: functions, decorators, base classes.
    runs : set of str
        What it calls then, or when it is called itself: not in those of its methods that wait.
    fills : bool
        It puts something into what it is handed.
    texts, forms : set of str
        Its string constants; its f-strings, as regular expressions.
    asks : dict of str to set of str
        Definitions that it calls with a string first, or looks one up in, with these strings.
    words : set of str
        All names and attributes in it.
    """

    module: str
    node: ast.stmt
    means: dict[str, set[str]] = field(default_factory=dict)
    puts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    runs: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    fills: bool = False
    texts: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    asks: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: set[str] = field(default_factory=set)

    @functools.cached_property
    def code(self) -> str:
        """Its code, and what the names in it stand for."""
        means = sorted((path, *sorted(names)) for path, names in self.means.items() if names)
        return f"{_plain(self.node)} {means}"

    @functools.cached_property
    def reads(self) -> set[str]:
        """The definitions that it uses."""
        return set().union(*self.means.values())


class Code:
    """The modules of a package, read as definitions that use each other.

    Parameters
    ----------
    sources : mapping
        Module's name to its text; a package's is that of its ``__init__``.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.lines = {module: text.splitlines() for module, text in sources.items()}
        self._packages = {module.rpartition(".")[0] for module in sources}
        self._imports: dict[str, dict[str, list[list[str]]]] = {}
        self._pieces: dict[str, list[Piece]] = defaultdict(list)
        self._holds: dict[str, set[str]] = defaultdict(set)
        bodies = {module: self._read(module, text) for module, text in sources.items()}
        self._defined = {
            module: {name for node in body for name in _names(node)}
            for module, body in bodies.items()
        }
        for module, body in bodies.items():
            for node in body:
                piece = _Reader(self, module, node).piece
                for name in _names(node) or {_label(node)}:
                    self._pieces[f"{module}:{name}"].append(piece)
        entered = {name: self._into(pieces) - {name} for name, pieces in self._pieces.items()}
        for name, into in entered.items():
            for container in into:
                self._holds[container].add(name)
            if not (into or any(_names(piece.node) for piece in self._pieces[name])):
                module = name.partition(":")[0]  # whoever imports it runs the statement
                self._pieces[f"{module}:import"] += self._pieces.pop(name)

    def _read(self, module: str, text: str) -> list[ast.stmt]:
        """The statements of a text but its imports, which are noted wherever they stand."""
        with _PARSING:
            tree = _Bare().visit(ast.parse(text))
        names = self._imports[module] = defaultdict(list)
        package = module if module in self._packages else module.rpartition(".")[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    whole = alias.name if alias.asname else alias.name.partition(".")[0]
                    names[alias.asname or whole].append([whole])
            elif isinstance(node, ast.ImportFrom):
                base = resolve_name("." * node.level + (node.module or ""), package)
                for alias in node.names:
                    names[alias.asname or alias.name].append([base, alias.name])
        return [one for one in tree.body if not isinstance(one, (ast.Import, ast.ImportFrom))]

    def _into(self, pieces: list[Piece]) -> set[str]:
        """The containers that statements enter when their module is imported."""
        into: set[str] = set()
        for piece in pieces:
            into |= piece.puts["import"]
            makes_class = isinstance(piece.node, ast.ClassDef)
            todo, done = list(piece.calls), set()
            while todo:
                if (name := todo.pop()) not in done:
                    done.add(name)
                    for maker in self._pieces.get(name, ()):
                        into |= maker.puts["call"] | (piece.reads if maker.fills else set())
                        into |= maker.puts["subclass"] if makes_class else set()
                        todo += maker.runs
        return set(filter(self._is_container, into))

    def _is_container(self, name: str) -> bool:
        pieces = self._pieces.get(name, ())
        return any(isinstance(getattr(p.node, "value", None), CONTAINERS) for p in pieces)

    # ---- names -----------------------------------------------------------------------------

    def follow(self, module: str, path: list[str], seen: frozenset = frozenset()) -> set[str]:
        """Definitions that a dotted name in a module may stand for; "module:*" for a whole one."""
        if module not in self._imports:
            return set()
        if not path:
            return {f"{module}:*"}
        name, *rest = path
        if (module, *path) in seen:  # from p import a, in p itself
            return self.follow(f"{module}.{name}", rest, seen)
        seen |= {(module, *path)}
        result = {f"{module}:{name}"} if name in self._defined.get(module, ()) else set()
        for base, *names in self._imports[module].get(name, ()):
            targets = self.follow(base, [*names, *rest], seen)
            if not targets and base in self._imports:  # a name that cannot be seen in the module
                targets = {f"{base}:*"}
            result |= targets
        if not result and f"{module}.{name}" in self._imports:
            result = self.follow(f"{module}.{name}", rest, seen)
        for star, _ in self._imports[module].get("*", ()):
            result |= self.follow(star, path, seen)
        return result

    def enter(self, text: str) -> str:
        """Take in a text that is no module of the package; the name of its one definition."""
        module = f"text {hashlib.sha256(text.encode()).hexdigest()}"
        name = f"{module}:text"
        if name not in self._pieces:
            self._pieces[name] = [_Reader(self, module, n).piece for n in self._read(module, text)]
        return name

    # ---- what depends on what --------------------------------------------------------------

    def __contains__(self, name: str) -> bool:
        """Whether there is a definition of that name."""
        return name in self._pieces

    def at(self, module: str, line: int) -> set[str]:
        """The definitions that a line of a module stands in."""
        return {
            name
            for name, pieces in self._pieces.items()
            if name.startswith(f"{module}:")
            and any(_first(p.node) <= line <= p.node.end_lineno for p in pieces)
        }

    def closure(self, names: Iterable[str], by_key: Collection[str] = ()) -> set[str]:
        """Some definitions, and all that they use.

        Parameters
        ----------
        names : iterable of str
            "module:name", or "module:*" for all of a module.
        by_key : collection of str
            Containers of which only those members count whose key `names` ask their module for.
        """
        todo, done = [(name, True) for name in names], set()
        asked: dict[str, set[str]] = defaultdict(set)
        for piece in (piece for name, _ in todo for piece in self._pieces.get(name, ())):
            for name, keys in piece.asks.items():
                asked[name.partition(":")[0]] |= keys
        while todo:
            if (step := todo.pop()) in done:
                continue
            done.add(step)
            name, is_read = step
            module, _, own = name.partition(":")
            if own == "*":
                every = self._imports.get(module, {}).keys() | self._defined.get(module, set())
                todo += [(one, True) for each in every for one in self.follow(module, [each])]
                continue
            if is_read:
                held = self._holds.get(name, ())
                keys = asked[module] if name in by_key else None
                every = keys is None
                todo += [(n, True) for n in held if every or (self._keys(n) or keys) & keys]
            for piece in self._pieces.get(name, ()):
                todo += [(one, True) for one in piece.reads]
                todo += [(one, False) for one in set().union(*piece.puts.values())]
            parts = module.split(".")  # importing a.b.c runs a and a.b as well
            todo += [(f"{'.'.join(parts[: n + 1])}:import", True) for n in range(len(parts))]
        return {name for name, _ in done if name in self._pieces}

    def _keys(self, name: str) -> set[str] | None:
        """The strings that a definition was put into a container under; None for other keys."""
        keys = []
        for node in (piece.node for piece in self._pieces[name]):
            calls = [call for call in _decorators(node) if getattr(call, "args", None)]
            items = [one for one in getattr(node, "targets", ()) if isinstance(one, ast.Subscript)]
            keys += [*(call.args[0] for call in calls), *(one.slice for one in items)]
        is_seen = keys and all(isinstance(key, ast.Constant) for key in keys)
        return {key.value for key in keys} if is_seen else None

    def spells(self, names: Iterable[str]) -> Callable[[str], bool]:
        """What says whether strings of some definitions spell a text, or f-strings may.

        An f-string that has nothing of its own but an ending, as f"{name}.csv", is handed a name
        that another string spells.
        """
        every = [piece for name in names for piece in self._pieces.get(name, ())]
        texts = set().union(*(piece.texts for piece in every))
        forms = {form for piece in every for form in piece.forms}
        telling = [re.compile(f) for f in forms if re.search(r"\w", re.sub(r"\\\.\w+$", "", f))]
        return lambda text: text in texts or any(form.fullmatch(text) for form in telling)

    def digest(self, names: Collection[str]) -> bytes:
        """Hash of the code of definitions, without comments, layout and docstrings.

        Of what is shown (see `_shown`) the text counts as it is written, and of what is described
        (see `_described`) the docstring.
        """
        shown, described, told = self._shown(names), self._described(names), []
        for name in sorted(names):
            told.append("" if name.endswith(":text") else name)
            for piece in self._pieces.get(name, ()):
                told.append(piece.code)
                if name in shown:
                    last = piece.node.end_lineno
                    told += self.lines[piece.module][_first(piece.node) - 1 : last]
                elif name in described:
                    told.append(getattr(piece.node, "doc", ""))
        return _hash("\n".join(told))

    def _shown(self, names: Collection[str]) -> set[str]:
        """What definitions name that show sources, and a text's statements that call these."""
        pieces = [(name, piece) for name in names for piece in self._pieces.get(name, ())]
        show = {name for name, piece in pieces if piece.words & set(SHOWS)}
        calls = [p for name, p in pieces if name.endswith(":text") and p.reads & show]
        calls += [piece for _, piece in pieces if piece.words & set(SHOWS)]
        return set().union(*(piece.reads for piece in calls))

    def _described(self, names: Collection[str]) -> set[str]:
        """Definitions whose docstrings others among some names may read.

        Those that read ``__doc__`` themselves, what these name, what the containers hold that
        these name, and classes that are made from them.
        """
        pieces = [(name, piece) for name in names for piece in self._pieces.get(name, ())]
        readers = {name for name, piece in pieces if "__doc__" in piece.words}
        named = set().union(*(piece.reads for name, piece in pieces if name in readers))
        held = set().union(*(self._holds.get(name, set()) for name in named))
        return readers | named | held | {name for name, piece in pieces if piece.calls & readers}


class _Bare(ast.NodeTransformer):
    """Takes away what never runs: docstrings (kept as `doc`) and what guards hold."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, DESCRIBED):
            node.doc = ast.get_docstring(node) or ""
            if node.doc:
                node.body = node.body[1:]
        return super().generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        path = _path(getattr(node.test, "left", node.test))
        is_guard = path == ["__name__"] or path[-1:] == ["TYPE_CHECKING"]
        return [] if is_guard and not node.orelse else self.generic_visit(node)


class _Reader(ast.NodeVisitor):
    """Notes what a statement names; a name that its function binds itself means nothing else."""

    def __init__(self, code: Code, module: str, node: ast.stmt) -> None:
        self.code, self.piece, self.hidden = code, Piece(module, node), frozenset()
        self.arguments: set[str] = set()
        self.when = "import"
        self.visit(node)

    def _find(self, path: list[str]) -> set[str]:
        if not path or path[0] in self.hidden:
            return set()
        return self.code.follow(self.piece.module, path)

    def _read(self, path: list[str]) -> None:
        self.piece.words.update(path)
        owner = self._find(path[:-1])
        if path[-1] in PUTS and owner and not any(one.endswith(":*") for one in owner):
            self._put(path[:-1])
        else:
            meant = self._find(path)
            if not meant and path[0] not in self.hidden:  # a library, or a part of it
                imports = self.code._imports[self.piece.module].get(path[0], ())
                meant = {".".join(target) for target in imports}
            self.piece.means[".".join(path)] = meant

    def _put(self, path: list[str]) -> None:
        into = {one for one in self._find(path) if not one.endswith(":*")}
        self.piece.puts[self.when] |= into
        self.piece.fills |= path[0] in self.arguments - {"self", "cls"}

    def _ask(self, path: list[str], key: ast.expr | None) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            for name in self._find(path):
                self.piece.asks[name].add(key.value)

    def _calls(self, *functions: ast.expr) -> None:
        paths = [_path(getattr(one, "func", one)) for one in functions]
        called = set().union(*map(self._find, paths))
        if self.when == "import":
            self.piece.calls |= called
        if self.when != "later":
            self.piece.runs |= called

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read([node.id])
        elif node.id not in _names(self.piece.node):  # of a function: global
            self._put([node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if path := _path(node):
            self._read(path)
        else:
            self.piece.words.add(node.attr)
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        path = _path(node.value)
        if path and not isinstance(node.ctx, ast.Load):
            self._put(path)
        else:
            self.visit(node.value)
        self._ask(path, node.slice)
        self.visit(node.slice)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        for part in filter(None, (node.target, node.value)):  # nothing is computed of annotations
            self.visit(part)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._put(_path(node.target)) if _path(node.target) else self.visit(node.target)
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        path, first = _path(node.func), node.args[0] if node.args else None
        self._calls(node.func)
        self._ask(path, first)
        if path[-1:] == ["import_module"] and isinstance(first, ast.Constant):
            self.piece.means[first.value] = self.code.follow(first.value, [])
        if path == ["globals"]:
            self.piece.means["globals()"] = {f"{self.piece.module}:*"}
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.piece.texts.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [re.escape(p.value) if isinstance(p, ast.Constant) else ".*" for p in node.values]
        self.piece.forms.add("".join(parts))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    # ---- scopes ----------------------------------------------------------------------------

    def _within(self, names: Iterable[str], nodes: Iterable[ast.AST]) -> None:
        before, self.hidden = self.hidden, self.hidden | frozenset(names)
        for node in nodes:
            self.visit(node)
        self.hidden = before

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._calls(*_decorators(node))
        outside = (*_decorators(node), *node.args.defaults, *node.args.kw_defaults)
        self._within((), filter(None, outside))
        body = node.body if isinstance(node.body, list) else [node.body]
        arguments = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
        self.arguments |= arguments
        outer = {n for one in ast.walk(node) if isinstance(one, ast.Global) for n in one.names}
        bound = arguments.union(*map(_stored, body)) - outer
        before, name = self.when, getattr(node, "name", "")
        if before == "import":
            waits = isinstance(self.piece.node, ast.ClassDef) and name not in MAKES
            self.when = "later" if waits else "call"
        if name == "__init_subclass__":
            self.when = "subclass"
        self._within(bound, body)
        self.when = before

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._calls(*node.decorator_list, *node.bases)
        self.generic_visit(node)

    def _comprehension(self, node: ast.ListComp) -> None:
        first, *others = node.generators
        self.visit(first.iter)  # in the scope around it
        inside = [v for k, v in ast.iter_fields(node) if k != "generators"]
        self._within(
            set().union(*(_stored(one.target) for one in node.generators)),
            [*inside, first.target, *first.ifs, *others],
        )

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


def _path(node: ast.AST) -> list[str]:
    """A dotted name in its parts; empty for what is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _decorators(node: ast.AST) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])


def _first(node: ast.stmt) -> int:
    """The line that a statement begins with, its decorators among it."""
    return min(one.lineno for one in (node, *_decorators(node)))


def _stored(node: ast.AST) -> set[str]:
    """Names that code assigns in its own scope."""
    if isinstance(node, (*COMPREHENSIONS, ast.Lambda, ast.alias)):
        return set()
    is_stored = isinstance(getattr(node, "ctx", None), ast.Store)
    own = getattr(node, "id", None) if is_stored else getattr(node, "name", None)
    names = {own} if isinstance(own, str) else set()
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return names
    return names.union(*map(_stored, ast.iter_child_nodes(node)))


def _names(node: ast.stmt) -> set[str]:
    """What a statement of a module's top level binds; nothing for one that only changes things."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Expr, ast.AugAssign)):
        return set()
    return _stored(node)


def _label(node: ast.stmt) -> str:
    """What a statement that binds nothing is called: ``TABLE['key']``, or "for 1a2b3c4d"."""
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    return f"{type(node).__name__.lower()} {_hash(_plain(node)).hex()[:8]}"


def _plain(node: object) -> str:
    """Code without layout, the same for all versions of Python."""
    if isinstance(node, list):
        return f"[{','.join(map(_plain, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, getattr(node, name, None)) for name in node._fields if name not in UNREAD)
    parts = [f"{name}={_plain(value)}" for name, value in fields if value not in (None, [])]
    return f"{type(node).__name__}({','.join(parts)})"


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
