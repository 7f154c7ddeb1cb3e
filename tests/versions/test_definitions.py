"""A change moves the digest of what uses it, however it is used, and of nothing else."""

from __future__ import annotations

import textwrap

import pytest

from helpers.versions.definitions import Code

SOURCES = {
    "p": "from p.tools import helper as helped\nfrom p import late\n",
    "p.tools": '''
        """Tools."""
        import math
        SIZE = 3
        WIDTH = SIZE * 2
        OTHER = 5

        def helper(x):
            """Help."""
            return deeper(x)  # a comment

        def deeper(x, by=WIDTH):
            return x + by

        def unrelated(x):
            return x - OTHER

        try:
            import fast
            def quick(x): return fast.quick(x)
        except ImportError:
            def quick(x): return x * 1
    ''',
    "p.registry": """
        class Registry(dict):
            def register(self, member):
                self[member.__name__] = member
                return member

        TABLE = Registry()
        NAMED = Registry()
        SPECIAL = {}

        def named(key):
            def enter(member):
                NAMED[key] = member
                return member
            return enter

        def look(name):
            return TABLE[name]

        def look_named(name):
            return NAMED[name]
    """,
    "p.members": """
        from p import registry
        from p.registry import SPECIAL, TABLE, named

        @TABLE.register
        def first(x): return x + 1

        @named("second")
        def second(x): return x + 2

        @named("third")
        def third(x): return x + 3

        SPECIAL["a"] = 4
        SPECIAL |= {"b": 5}
        SPECIAL.update(c=6)
        registry.SPECIAL["d"] = lambda x: seventh(x)

        def seventh(x): return x + 7

        for name in ("e", "f"):
            SPECIAL[name] = 8

        for name in ("a", "e"):
            registry.NAMED[f"many_{name}"] = eighth

        def eighth(x): return x + 8

        registry.NAMED["ninth"], registry.NAMED["tenth"] = seventh, eighth

        def fill(table, value):
            table["g"] = value

        fill(SPECIAL, 9)
    """,
    "p.models": '''
        MODELS = {}

        class Base:
            """A base."""
            scale = 1

            def __init_subclass__(cls):
                MODELS[cls.__name__] = cls

            def summary(cls):
                return cls.__doc__

        class Plain(Base):
            """Plain."""
            offset = 10

            def apply(self, x): return x + self.offset

        class Other(Base):
            """Other."""
            def apply(self, x): return x + 11

        def names():
            return sorted(MODELS)
    ''',
    "p.late": "VALUE = 14\ndef lazy(): return VALUE\n",
    "p.star": "from p.late import *\ndef starred(): return lazy()\n",
    "p.quiet": "def silent(): return 15\ndef loud(): return 16\n",
    "p.odd": """
        import inspect
        import importlib
        import p.late as alias
        import p.quiet
        from p import tools
        from p.models import Plain

        def by_alias(): return alias.lazy()
        def exported(): return p.helped(1) + p.tools.helper(1) + p.tools.deeper(1)
        def by_chain(): return p.quiet.silent()
        def inside():
            from p.late import lazy
            return lazy()
        def handed(): return getattr(tools, "un" + "related")(1)
        def named(name): return importlib.import_module("p.quiet").loud()
        def shadowed(tools): return tools.unrelated
        def comprehended(xs): return [tools.unrelated for tools in xs]
        def first_of(tools=[1]): return [tools for x in tools]
        def makes(): return Plain()
        def makes_and_helps(): return tools.helper(Plain().apply(1))
        def annotated(x: tools.Missing) -> Plain: return x
        def own(): return globals()["by_chain"]()
        def shows(thing): return inspect.getsource(thing)
        def shows_one(): return inspect.getsource(Plain.apply)
        def shows_plain(): return shows(Plain)
        def reads_doc(): return Plain.__doc__
        def changes():
            global COUNT
            COUNT = 17
        COUNT = 0
        def counts(): return COUNT
        if COUNT: chosen = tools.helper
        else: chosen = tools.unrelated
        first = second = 18
        print(first)
    """,
}
SOURCES = {name: textwrap.dedent(text) for name, text in SOURCES.items()}
CODE = Code(SOURCES)


def changed(module: str, old: str, new: str) -> Code:
    """The package after an edit."""
    assert SOURCES[module].count(old) == 1, old
    return Code(SOURCES | {module: SOURCES[module].replace(old, new)})


def digest(code: Code, name: str) -> bytes:
    return code.digest(code.closure({name}))


def moves(name: str, module: str, old: str, new: str) -> bool:
    return digest(CODE, name) != digest(changed(module, old, new), name)


COUNTS = {
    "a function, two calls away": ("p.tools:helper", "p.tools", "return x + by", "return x * by"),
    "a default": ("p.tools:helper", "p.tools", "by=WIDTH", "by=1"),
    "a constant behind a constant": ("p.tools:helper", "p.tools", "SIZE = 3", "SIZE = 4"),
    "a re-exported name": ("p.odd:exported", "p", "helper as helped", "deeper as helped"),
    "another name of a library": (
        "p.tools:quick",
        "p.tools",
        "import fast",
        "import slow as fast",
    ),
    "a conditional definition": ("p.tools:quick", "p.tools", "x * 1", "x * 2"),
    "a branch that binds": ("p.odd:chosen", "p.tools", "x - OTHER", "x"),
    "what was registered": ("p.registry:look", "p.members", "x + 1", "x + 10"),
    "what a function's decorator entered": ("p.registry:look_named", "p.members", "x + 2", "x"),
    "a decorator": ("p.members:second", "p.registry", "NAMED[key] = m", "NAMED[key, 1] = m"),
    "a registry's class": ("p.members:first", "p.registry", "(dict)", "(dict, object)"),
    "an item": ("p.registry:SPECIAL", "p.members", '"a"] = 4', '"a"] = 40'),
    "a union": ("p.registry:SPECIAL", "p.members", '"b": 5', '"b": 50'),
    "an update": ("p.registry:SPECIAL", "p.members", "c=6", "c=60"),
    "what an item calls": ("p.registry:SPECIAL", "p.members", "x + 7", "x + 70"),
    "a loop": ("p.registry:SPECIAL", "p.members", '"e", "f"', '"e"'),
    "a call that fills": ("p.registry:SPECIAL", "p.members", "SPECIAL, 9", "SPECIAL, 90"),
    "a base class": ("p.models:Plain", "p.models", "scale = 1", "scale = 2"),
    "a class attribute": ("p.odd:makes", "p.models", "offset = 10", "offset = 9"),
    "a subclass of a base that registers": ("p.models:names", "p.models", "x + 11", "x"),
    "an aliased module": ("p.odd:by_alias", "p.late", "VALUE = 14", "VALUE = 1"),
    "a dotted module": ("p.odd:by_chain", "p.quiet", "return 15", "return 1"),
    "an import inside": ("p.odd:inside", "p.late", "VALUE = 14", "VALUE = 1"),
    "a star": ("p.star:starred", "p.late", "VALUE = 14", "VALUE = 1"),
    "a module that is handed on": ("p.odd:handed", "p.tools", "x - OTHER", "x"),
    "a named import": ("p.odd:named", "p.quiet", "return 16", "return 1"),
    "a name in globals": ("p.odd:own", "p.quiet", "return 15", "return 1"),
    "a default that a parameter hides": ("p.odd:first_of", "p.odd", "tools=[1]", "tools=[2]"),
    "a global that a function assigns": ("p.odd:counts", "p.odd", "COUNT = 0", "COUNT = 1"),
    "one of two names": ("p.odd:second", "p.odd", "= 18", "= 19"),
    "what importing does": ("p.odd:inside", "p.odd", "print(first)", "print(second)"),
    "text that a function shows": ("p.odd:shows_plain", "p.models", '"""Plain."""', '"""P."""'),
    "a docstring that is read": ("p.odd:reads_doc", "p.models", '"""Plain."""', '"""P."""'),
    "a docstring that its base reads": ("p.odd:makes", "p.models", '"""Plain."""', '"""P."""'),
}


@pytest.mark.parametrize("case", COUNTS)
def test_counts(case: str) -> None:
    assert moves(*COUNTS[case])


DOES_NOT_COUNT = {
    "a comment": ("p.tools:helper", "p.tools", "# a comment", "# another"),
    "a docstring": ("p.tools:helper", "p.tools", '"""Help."""', '"""Help!"""'),
    "layout": ("p.tools:helper", "p.tools", "x + by", "(\n        x + by\n    )"),
    "an unrelated function": ("p.tools:helper", "p.tools", "x - OTHER", "x"),
    "an unrelated constant": ("p.tools:helper", "p.tools", "OTHER = 5", "OTHER = 6"),
    "another member": ("p.members:first", "p.members", "x + 2", "x"),
    "another registry's member": ("p.registry:look", "p.members", "x + 2", "x"),
    "another subclass": ("p.models:Plain", "p.models", "x + 11", "x"),
    "a docstring beside one that is read": (
        "p.odd:makes_and_helps",
        "p.tools",
        '"""Help."""',
        '"""Help!"""',
    ),
    "another subclass's docstring": ("p.odd:makes", "p.models", '"""Other."""', '"""O."""'),
    "a name that a parameter hides": ("p.odd:shadowed", "p.tools", "x - OTHER", "x"),
    "a name that a comprehension hides": ("p.odd:comprehended", "p.tools", "x - OTHER", "x"),
    "an annotation's class": ("p.odd:annotated", "p.models", "offset = 10", "offset = 1"),
    "a module beside a named import": ("p.odd:named", "p.late", "VALUE = 14", "VALUE = 1"),
    "what importing another module does": ("p.late:lazy", "p.odd", "print(first)", "print(2)"),
}


@pytest.mark.parametrize("case", DOES_NOT_COUNT)
def test_does_not_count(case: str) -> None:
    assert not moves(*DOES_NOT_COUNT[case])


def test_a_new_member_counts() -> None:
    new = SOURCES["p.members"] + "\n@TABLE.register\ndef tenth(x): return x\n"
    more = Code(SOURCES | {"p.members": new})
    assert digest(more, "p.registry:look") != digest(CODE, "p.registry:look")
    assert digest(more, "p.members:first") == digest(CODE, "p.members:first")


def test_a_new_module_that_registers_counts() -> None:
    new = "from p.registry import NAMED\nNAMED['x'] = 1\n"
    more = Code(SOURCES | {"p.new": new})
    assert digest(more, "p.registry:look_named") != digest(CODE, "p.registry:look_named")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("look_named('third')", {"third"}),
        ("look_named('third'); other = 'second'", {"third"}),
        ("NAMED['second']", {"second"}),
        ("look_named('third') + NAMED['second']", {"second", "third"}),
        ("NAMED.values()", set()),
    ],
)
def test_of_some_containers_those_members_count_that_a_text_asks_for(text: str, keys: set) -> None:
    name = CODE.enter(f"from p.registry import NAMED, look_named\n{text}")
    used = CODE.closure({name}, by_key={"p.registry:NAMED"})
    assert {one for one in ("second", "third") if f"p.members:{one}" in used} == keys


def test_a_text_uses_what_it_names() -> None:
    text = "import p\nfrom p import odd, tools\nx = p.helped(1)\nodd = odd.by_chain()\n"
    found = CODE.closure({CODE.enter(text)})
    assert {"p.tools:deeper", "p.quiet:silent"} <= found
    assert "p.tools:unrelated" not in found


@pytest.mark.parametrize("shows", ["odd.shows(Plain)", "odd.shows_one(); Plain"])
def test_text_counts_where_it_is_shown(shows: str) -> None:
    text = f"from p import odd, tools\nfrom p.models import Plain\n{shows}\ntools.helper(1)"

    def shown(old: str, new: str, module: str = "p.models") -> bool:
        code = changed(module, old, new)
        return digest(CODE, CODE.enter(text)) != digest(code, code.enter(text))

    assert shown("offset = 10", "offset = 10  # ten")
    assert not shown("# a comment", "# another", "p.tools")  # named by another statement
    assert not shown("return x + by", "return x + by  # deeper", "p.tools")


def test_a_whole_module_is_what_it_defines_and_imports() -> None:
    found = CODE.closure({"p:*"})
    assert {"p.tools:helper", "p.late:lazy"} <= found
    assert "p.tools:unrelated" not in found


def test_strings_spell_names() -> None:
    spells = CODE.spells({CODE.enter("a = 'noise'\nb = f'losses/{a}_x'\nc = f'{a}.csv'")})
    assert spells("noise")
    assert spells("losses/noise_x")
    assert not spells("vision.csv")
    assert not spells("losses")
