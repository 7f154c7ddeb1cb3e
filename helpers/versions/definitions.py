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
>>> sorted(code.closure({"p.a:f"}))
['p.a:K', 'p.a:f']
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib.util import resolve_name

from helpers.versions.reading import LATER, METHOD, NOW, SUBCLASS, Uses, read

Import = tuple[str, list[str]]  # a module, and the name in it if one is imported
Bound = dict[str, list[Import]]  # the names of a scope, with the imports that each may stand for
IMPORTS = (ast.Import, ast.ImportFrom)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (ast.Lambda, *COMPREHENSIONS)
DESCRIBED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)  # may have a docstring
CONTAINERS = (ast.Call, ast.Dict, ast.List, ast.Set, *COMPREHENSIONS)
UNREAD = ("ctx", "kind", "type_comment", "type_params")  # fields of a tree that add nothing


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
                piece = module, statement, read(self, module, [statement])
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
        matches = {f"{module}:{name}"} if name in self._defined[module] else set()
        for target, names in self._bound[module].get(name, ()):
            matches.add(f"{module}:{name}@")
            if (target, *names, *rest) not in seen:
                matches |= self.imported(target, [*names, *rest], seen | {(module, *path)})
        if all(one.endswith("@") for one in matches) and f"{module}.{name}" in self._bound:
            matches |= self.follow(f"{module}.{name}", rest, seen)
        for star, _ in self._bound[module].get("*", ()):
            if (star, *path) not in seen:
                matches |= self.follow(star, path, seen | {(module, *path)})
        return matches

    def imported(self, module: str, path: list[str], seen: frozenset = frozenset()) -> set[str]:
        """As `follow`; all of a module of ours for a name that cannot be seen in it."""
        matches = self.follow(module, path, seen)
        return matches or ({f"{module}:*"} if module in self._bound else set())

    def enter(self, text: str) -> str:
        """Take in a text that is no module of the package; the name of its one definition."""
        module = f"text {hashlib.sha256(text.encode()).hexdigest()}"
        if f"{module}:text" not in self._pieces:
            body = ast.parse(text).body
            uses = read(self, module, body, [self.bound(body, module)])
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

    def keys_asked(self, name: str, container: str) -> set[str] | None:
        """Keys with which a definition looks into a container; None where they cannot be seen.

        It does so itself, or through functions of the container's package.
        """
        package = ".".join(container.partition(":")[0].split(".")[:2])
        lookups = {pair for uses in self._uses(name) for pair in uses.lookups}
        near = {pair for pair in lookups if re.match(rf"{re.escape(package)}[.:]", pair[0])}
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
            parts = [] if name.endswith(":text") else [name]
            module, _, own = name.partition(":")
            if own.endswith("@"):
                parts.append(repr(self._bound.get(module, {}).get(own[:-1])))
            for module, statement, _ in self._pieces.get(name, ()):
                parts.append(_plain(statement))
                if how == "text":
                    first = _first_line(statement)
                    parts += self.lines[module][first - 1 : statement.end_lineno]
                elif how == "described":
                    parts.append(ast.get_docstring(statement) or "")
            hashed = hashlib.blake2b("\n".join(parts).encode(), digest_size=16)
            self._digests[name, how] = hashed.digest()
        return self._digests[name, how]


def _may_be(wanted: set[str] | None, keys: set[str]) -> bool:
    """Whether what was put in under some keys may be asked for; unknown keys may be any."""
    if wanted is None or not keys:
        return True
    return any(re.fullmatch(key, text) for key in keys for text in wanted)


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
    """What a statement says between the brackets of ``TABLE["key"] = …``."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    key = getattr(target, "slice", None)
    return f"[{key.value!r}]" if isinstance(key, ast.Constant) else "[…]"


def _all_from(start: Iterable[str], steps: Callable[[str], Iterable[str]]) -> set[str]:
    """All that can be reached by steps."""
    matches, todo = set(), list(start)
    while todo:
        if (one := todo.pop()) not in matches:
            matches.add(one)
            todo += steps(one)
    return matches


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
