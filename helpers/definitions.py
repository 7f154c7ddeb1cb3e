"""The course's code as definitions that use each other: what a change in one place can change.

A definition is what a module binds at its top level, written "module:name": a function, a class
with all its methods, a value. It uses the definitions that its code names, wherever they come
from: ``noise.MODELS``, through a package's ``__init__``, through an import inside a function.
Nothing is imported or run: `Code` reads texts, those that lie here or those of a commit.

What a container holds counts with it. ``TABLE["x"] = …``, a decorator that registers, a base
class that keeps its subclasses: whoever reads the container uses all that was put into it, and
whoever only puts something in uses nothing of the rest. Where a name cannot be seen (a module
that is handed on as a value, ``globals()``, an import whose name is computed), everything counts
that it may mean.

>>> code = Code({"p": "from p.a import f", "p.a": "K = 2\\ndef f(): return K\\ndef g(): return 3"})
>>> sorted(code.closure(code.follow("p", ["f"])))
['p.a:K', 'p.a:f']
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import resolve_name

Import = tuple[str, list[str]]  # a module, and the name in it if one is imported
Bound = dict[str, list[Import]]  # the names of a scope, with the imports that each may stand for
IMPORTS = (ast.Import, ast.ImportFrom)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (ast.Lambda, *COMPREHENSIONS)
DESCRIBED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)  # may have a docstring
CONTAINERS = (ast.Call, ast.Dict, ast.List, ast.Set, *COMPREHENSIONS)
UNREAD = ("ctx", "kind", "type_comment", "type_params")  # fields of a tree that add nothing
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
    fills, shows_any, reads_doc, lists_subclasses : bool
        It puts something into what it is handed, shows the text of what it is handed; a class
        reads its own docstring, or somebody asks for its ``__subclasses__``.
    keys : set of str
        Under what it puts something in when its module is imported, as regular expressions.
    asked : set of tuple
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
    asked: set[tuple[str, str | None]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)


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
        self._pieces: dict[str, list[tuple[str, ast.stmt, Uses]]] = defaultdict(list)
        self._holds: dict[str, dict[str, set[str]]] = defaultdict(dict)  # content, and its keys
        self._digests: dict[tuple[str, str], bytes] = {}
        self._subclasses: dict[str, set[str]] = defaultdict(set)
        bodies = {
            module: [one for one in ast.parse(text).body if not _never_runs(one)]
            for module, text in sources.items()
        }
        self._bound = {module: self.bound(body, module) for module, body in bodies.items()}
        self._defined = {
            module: {
                *self.bound([o for o in body if not isinstance(o, IMPORTS)], module),
                "__doc__",
            }
            for module, body in bodies.items()
        }
        unnamed: list[tuple[str, ast.stmt, Uses]] = []
        for module, body in bodies.items():
            for statement in body:
                if isinstance(statement, IMPORTS):
                    continue
                piece = module, statement, self.read([statement], module)
                names = ["__doc__"] if _is_text(statement) else self.bound([statement], module)
                for name in names:
                    self._pieces[f"{module}:{name}"].append(piece)
                if not names:
                    unnamed.append(piece)
        self._fill(unnamed)

    def _fill(self, unnamed: list[tuple[str, ast.stmt, Uses]]) -> None:
        """Enter definitions, and statements that define nothing, into what they are put into."""
        for name, pieces in self._pieces.items():
            for base in set().union(*(uses.bases for _, _, uses in pieces)):
                self._subclasses[base].add(name)
        named = [(name, uses) for name, pieces in self._pieces.items() for _, _, uses in pieces]
        for module, statement, uses in unnamed:
            uses.handed |= uses.reads[NOW]
            into = uses.puts[NOW] or self._into(uses)
            own = [f"{one.rpartition(':')[2]}{_index(statement)}" for one in into]
            for name in own or ["import"]:
                self._pieces[f"{module}:{name}"].append((module, statement, uses))
                named.append((f"{module}:{name}", uses))
        for name, uses in named:
            for container in self._into(uses) - {name}:
                self._holds[container][name] = uses.keys
            if uses.lists_subclasses:
                for kind in (name, *set().union(*uses.reads)):
                    self._holds[kind] |= {below: set() for below in self._descendants(kind)}

    def _into(self, uses: Uses) -> set[str]:
        """What a statement puts something into when its module is imported.

        Itself, by the functions that it calls, by the ``__init_subclass__`` of its bases.
        """
        into = set(uses.puts[NOW])
        called = [one for name in self._reached(uses.calls) for one in self._uses(name)]
        for base in self._ancestors(uses.bases):
            for one in self._uses(base):
                into |= one.puts[SUBCLASS]
                called += [x for n in self._reached(one.reads[SUBCLASS]) for x in self._uses(n)]
        if any(one.fills for one in called):
            into |= set(filter(self._is_container, uses.handed))
        return into.union(*(one.puts[LATER] for one in called))

    def _uses(self, name: str) -> Iterator[Uses]:
        return (uses for _, _, uses in self._pieces.get(name, ()))

    def _is_container(self, name: str) -> bool:
        values = (getattr(piece[1], "value", None) for piece in self._pieces.get(name, ()))
        return any(isinstance(value, CONTAINERS) for value in values)

    def _reached(self, names: Iterable[str]) -> set[str]:
        """Definitions, and those that they use when they are called; without any content."""
        return _all_from(
            names, lambda n: set().union(*(one for u in self._uses(n) for one in u.reads[:METHOD]))
        )

    def _ancestors(self, bases: Iterable[str]) -> set[str]:
        return _all_from(bases, lambda name: set().union(*(u.bases for u in self._uses(name))))

    def _descendants(self, kind: str) -> set[str]:
        return _all_from({kind}, lambda name: self._subclasses.get(name, ())) - {kind}

    # ---- names -----------------------------------------------------------------------------

    def __contains__(self, name: object) -> bool:
        """Whether there is a definition of this name."""
        return name in self._pieces

    def at(self, module: str, line: int) -> set[str]:
        """The definitions to which a line belongs; all of the module where there is none."""
        there = {
            name
            for name, pieces in self._pieces.items()
            for its, statement, _ in pieces
            if its == module and _first_line(statement) <= line <= statement.end_lineno
        }
        return there or {f"{module}:*"}

    def package(self, module: str) -> str:
        """The package that relative imports of a module begin at."""
        return module if module in self._packages else module.rpartition(".")[0]

    def bound(self, nodes: Iterable[ast.AST], module: str) -> Bound:
        """The names that code binds in its own scope, with the imports that they stand for."""
        names: Bound = defaultdict(list)
        todo, elsewhere = list(nodes), set()
        while todo:
            match node := todo.pop():
                case ast.Import():
                    for alias in node.names:
                        whole = alias.name if alias.asname else alias.name.partition(".")[0]
                        names[alias.asname or whole].append((whole, []))
                case ast.ImportFrom():
                    base = resolve_name(
                        "." * node.level + (node.module or ""), self.package(module)
                    )
                    for alias in node.names:
                        names[alias.asname or alias.name].append((base, [alias.name]))
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    names[node.name] += []
                case ast.Name(ctx=ast.Store() | ast.Del()):
                    names[node.id] += []
                case ast.Global():
                    elsewhere |= set(node.names)
                case ast.AugAssign():  # changes what is bound already
                    todo.append(node.value)
                case _ if isinstance(node, SCOPES):
                    pass
                case _:
                    caught = getattr(node, "name", None) or getattr(node, "rest", None)
                    if isinstance(caught, str):  # except … as name, case … as name
                        names[caught] += []
                    todo += ast.iter_child_nodes(node)
        return {name: imports for name, imports in names.items() if name not in elsewhere}

    def follow(self, module: str, path: list[str], seen: frozenset = frozenset()) -> set[str]:
        """Definitions that a dotted name in a module may stand for.

        "module:*" is all of a module, "module:name@" the import that a name goes through.
        """
        if module not in self._bound:
            return set()
        if not path:
            return {f"{module}:*"}
        name, rest = path[0], path[1:]
        found = {f"{module}:{name}"} if name in self._defined[module] else set()
        for target, names in self._bound[module].get(name, ()):
            found.add(f"{module}:{name}@")
            if (target, *names, *rest) not in seen:
                found |= self._imported(target, [*names, *rest], seen | {(module, *path)})
        if all(one.endswith("@") for one in found) and f"{module}.{name}" in self._bound:
            found |= self.follow(f"{module}.{name}", rest, seen)
        for star, _ in self._bound[module].get("*", ()):
            if (star, *path) not in seen:
                found |= self.follow(star, path, seen | {(module, *path)})
        return found

    def _imported(self, module: str, path: list[str], seen: frozenset = frozenset()) -> set[str]:
        """As `follow`; all of a module of ours for a name that cannot be seen in it."""
        found = self.follow(module, path, seen)
        return found or ({f"{module}:*"} if module in self._bound else set())

    def read(self, nodes: Iterable[ast.AST], module: str, scopes: Iterable[Bound] = ()) -> Uses:
        """What code of a module uses."""
        reader = _Reader(self, module, list(scopes))
        for node in nodes:
            reader.visit(node)
        return reader.uses

    def enter(self, text: str) -> str:
        """Take in a text that is no module of the package; the name of its one definition."""
        module = f"text {hashlib.sha256(text.encode()).hexdigest()}"
        if f"{module}:text" not in self._pieces:
            body = ast.parse(text).body
            uses = self.read(body, module, [self.bound(body, module)])
            self._pieces[f"{module}:text"] = [(module, one, uses) for one in body]
        return f"{module}:text"

    # ---- what depends on what --------------------------------------------------------------

    def closure(
        self, names: Iterable[str], keys: Mapping[str, set[str] | None] | None = None
    ) -> set[str]:
        """Some definitions, and all that they use.

        Parameters
        ----------
        names : iterable of str
            "module:name", or "module:*" for all of a module.
        keys : mapping, optional
            Containers of which only what stands under some keys is used.
        """
        todo, done = [(name, True) for name in names], set()
        while todo:
            if (step := todo.pop()) in done:
                continue
            done.add(step)
            name, is_read = step
            module, _, own = name.partition(":")
            if own == "*":
                every = self._bound.get(module, {}).keys() | self._defined.get(module, set())
                todo += [(one, True) for each in every for one in self.follow(module, [each])]
                continue
            if is_read:
                only = (keys or {}).get(name)
                held = self._holds.get(name, {}).items()
                todo += [(n, True) for n, keys_of in held if _may_be(only, keys_of)]
            for uses in self._uses(name):
                todo += [(one, True) for one in set().union(*uses.reads)]
                todo += [(one, False) for one in set().union(*uses.puts)]
            parts = module.split(".")  # importing a.b.c runs a and a.b as well
            todo += [(f"{'.'.join(parts[: n + 1])}:import", True) for n in range(len(parts))]
        return {name for name, _ in done if name in self._pieces or name.endswith("@")}

    def asked(self, name: str, container: str) -> set[str] | None:
        """Keys with which a definition looks into a container; None where they cannot be seen.

        It does so itself, or through functions of the container's package.
        """
        package = ".".join(container.partition(":")[0].split(".")[:2])
        asked = {pair for uses in self._uses(name) for pair in uses.asked}
        near = {
            (to, text) for to, text in asked if f"{to}.".startswith((f"{package}.", f"{package}:"))
        }
        unseen = {to for to, text in near if text is None}
        if any(container in self.closure({to}) for to in unseen):
            return None
        return {text for _, text in near if text is not None}

    def spells(self, names: Iterable[str]) -> Callable[[str], bool]:
        """What says whether strings of some definitions spell a text, or f-strings may.

        An f-string that has nothing of its own but an ending, as f"{name}.csv", is handed a name
        that another string spells.
        """
        every = [uses for name in names for uses in self._uses(name)]
        texts = set().union(*(uses.texts for uses in every))
        forms = {form for uses in every for form in uses.forms}
        telling = [re.compile(f) for f in forms if re.search(r"\w", re.sub(r"\\\.\w+$", "", f))]
        return lambda text: text in texts or any(form.fullmatch(text) for form in telling)

    def shown(self, names: Collection[str]) -> set[str]:
        """Those of some definitions whose text a reader sees.

        What is handed to a function that shows any text is named by its callers, or by theirs.
        """
        direct = set().union(*(uses.shown for name in names for uses in self._uses(name)))
        showing = {name for name in names if any(uses.shows_any for uses in self._uses(name))}
        while more := {n for n in names if n not in showing and self._named(n) & showing}:
            showing |= more
        return self._ancestors(direct).union(*map(self._named, showing)) & set(names)

    def _named(self, name: str) -> set[str]:
        return set().union(*(each for uses in self._uses(name) for each in uses.reads))

    def digest(self, names: Collection[str]) -> bytes:
        """Hash of definitions: of their code, and of the text or docstring where it is shown."""
        shown, described = self.shown(names), set()
        for name in names:
            if any(uses.reads_doc for uses in self._uses(name)):
                described |= {name, *self._descendants(name)}
        hashed = hashlib.blake2b(digest_size=16)
        for name in sorted(names):
            how = "text" if name in shown else "described" if name in described else "code"
            hashed.update(self._digest(name, how))
        return hashed.digest()

    def _digest(self, name: str, how: str) -> bytes:
        if (name, how) not in self._digests:
            told = [] if name.endswith(":text") else [name]
            module, _, own = name.partition(":")
            if own.endswith("@"):
                told.append(repr(self._bound.get(module, {}).get(own[:-1])))
            for module, statement, _ in self._pieces.get(name, ()):
                told.append(_plain(statement))
                if how == "text":
                    first = _first_line(statement)
                    told += self.lines[module][first - 1 : statement.end_lineno]
                elif how == "described":
                    told.append(ast.get_docstring(statement) or "")
            hashed = hashlib.blake2b("\n".join(told).encode(), digest_size=16)
            self._digests[name, how] = hashed.digest()
        return self._digests[name, how]


class _Reader(ast.NodeVisitor):
    """Notes what code uses, name by name, in the scopes in which Python looks names up."""

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
        if found := self._find(path):
            self.uses.calls |= found
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
                found = (
                    self.code._imported(to, [*names, *path[1:]]) for to, names in scope[path[0]]
                )
                return set().union(*found)
        return self.code.follow(self.module, path) if path else set()

    def _put(self, path: list[str], key: str | None = None) -> None:
        """Note what something is put into, under a key, or bound anew."""
        found = self._find(path)
        self.uses.reads[self.time].update(one for one in found if one.endswith("@"))
        found = {one for one in found if not one.endswith(("@", ":*"))}
        self.uses.puts[self.time].update(found)
        if found and self.time == NOW:
            self.uses.keys.add(key or ".*")
        if key and path and not found:
            self.uses.lists_subclasses |= self.time == SUBCLASS  # cls.members[…] = …
            self.uses.fills |= path[0] in self.arguments - {"self", "cls"}

    def _name(self, path: list[str], key: ast.expr | None = None) -> None:
        """Note a dotted name, with what it is called with or looked into by."""
        owner = self._find(path[:-1])
        if path[-1] in PUTS and len(path) > 1 and not any(one.endswith(":*") for one in owner):
            self._put(path[:-1], ".*")
            return
        found = self._find(path)
        self.uses.reads[self.time].update(found)
        text = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
        self.uses.asked.update((one, text) for one in found)
        self._special(path, found)

    def _special(self, path: list[str], found: set[str]) -> None:
        """Names that are more than they look like."""
        if path[-1] in SHOWS:
            self.uses.shows_any = True
        if "__doc__" in path[1:] or (path == ["__doc__"] and not found):
            self.uses.shown |= found
            self.uses.reads_doc |= not found and self.class_depth > 0
            self.uses.shows_any |= not found and self.class_depth == 0
        self.uses.lists_subclasses |= "__subclasses__" in path
        if path[0] in ("globals", "eval", "exec") and not found:
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
        if name in SHOWS and node.args and (found := self._find(_path(node.args[0]))):
            self.uses.shown |= found
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
                self.visit(part.value)


def _may_be(asked: set[str] | None, keys: set[str]) -> bool:
    """Whether what was put in under some keys may be asked for; unknown keys may be any."""
    if asked is None or not keys:
        return True
    return any(re.fullmatch(key, text) for key in keys for text in asked)


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


def _never_runs(statement: ast.stmt) -> bool:
    """``if TYPE_CHECKING`` and ``if __name__ == "__main__"``, without an else."""
    if not isinstance(statement, ast.If) or statement.orelse:
        return False
    test = statement.test
    names = {getattr(one, "id", None) or getattr(one, "attr", None) for one in ast.walk(test)}
    is_simple = isinstance(test, (ast.Name, ast.Attribute, ast.Compare))
    return is_simple and bool(names & {"TYPE_CHECKING", "__name__"})


def _first_line(statement: ast.stmt) -> int:
    """Where a statement begins, with its decorators."""
    return min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])


def _index(statement: ast.stmt) -> str:
    """What a statement says between the brackets of ``TABLE[…] = …``."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return f"[{ast.unparse(target.slice)}]" if isinstance(target, ast.Subscript) else "[…]"


def _all_from(start: Iterable[str], steps: Callable[[str], Iterable[str]]) -> set[str]:
    """All that can be reached by steps."""
    found, todo = set(), list(start)
    while todo:
        if (one := todo.pop()) not in found:
            found.add(one)
            todo += steps(one)
    return found


def _plain(node: object) -> str:
    """Code without comments, layout and docstrings, the same for all versions of Python."""
    if isinstance(node, list):
        return f"[{','.join(map(_plain, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = []
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(node, DESCRIBED) and _is_text(value[0]):
            value = value[1:]
        if name not in UNREAD and value is not None and value != []:
            parts.append(f"{name}={_plain(value)}")
    return f"{type(node).__name__}({','.join(parts)})"


def _is_text(statement: ast.stmt) -> bool:
    """A docstring, or a text that stands for itself."""
    value = getattr(statement, "value", None)
    is_expression = isinstance(statement, ast.Expr) and isinstance(value, ast.Constant)
    return is_expression and isinstance(value.value, str)
