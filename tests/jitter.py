"""Matrix products that are wrong in their last bit, as another processor's are.

Theory's promises (probabilities rise, distances are not negative, searches find the same minimum)
must hold under it. Each entry of a product is multiplied by 1, 1 + ε or 1 − ε, with ε = 2·10⁻¹⁶ in
float64 and 10⁻⁷ in float32, one unit in the last place; no two products are jittered alike.

>>> from tests.jitter import jittered
>>> with jittered() as count:
...     product = np.matmul(np.eye(3), np.full((3, 3), 0.7))
>>> count[0], bool(0 < abs(product - 0.7).max() < 1e-15)
(1, True)
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

import numpy as np
import pytest

PRODUCTS = ("matmul", "dot", "inner", "tensordot", "einsum")  # of NumPy; `@` is rewritten below
STAND_IN = "_jittered_product"
_CACHE = type(functools.cache(len))


@pytest.fixture
def jitter() -> Iterator[list[int]]:
    """Every matrix product in `helpers` is off by its last bit; yields how many there were."""
    with jittered() as count:
        yield count


@contextlib.contextmanager
def jittered(seed: int = 0) -> Iterator[list[int]]:
    """Within this context, as `jitter` within a test."""
    rng, count = np.random.default_rng(seed), [0]

    def shaken(product: Callable) -> Callable:
        @functools.wraps(product)
        def call(*arguments, **options):
            count[0] += 1
            return _shake(product(*arguments, **options), rng)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in PRODUCTS:
            patch.setattr(np, name, shaken(getattr(np, name)))
        operator = shaken(lambda a, b: a @ b)
        for function, code in _with_stand_in():
            patch.setitem(function.__globals__, STAND_IN, operator)
            patch.setattr(function, "__code__", code)
        _forget()  # what was computed without jitter
        try:
            yield count
        finally:
            _forget()


def _shake(product: object, rng: np.random.Generator) -> object:
    """The product, each entry of it off by one unit in the last place, or not."""
    if not isinstance(product, (np.ndarray, np.floating)):
        return _shake_tensor(product, rng)
    if product.dtype.kind != "f":
        return product
    signs = rng.integers(-1, 2, product.shape).astype(product.dtype)
    return product * (1 + signs * np.finfo(product.dtype).eps)


def _shake_tensor(product: object, rng: np.random.Generator) -> object:
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(product, torch.Tensor) or not product.is_floating_point():
        return product
    signs = torch.as_tensor(rng.integers(-1, 2, tuple(product.shape))).to(product)
    return product * (1 + signs * torch.finfo(product.dtype).eps)


# ---- the operator @, which no patch of NumPy reaches -----------------------------------------


class _Operator(ast.NodeTransformer):
    """`a @ b` becomes a call of the stand-in."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        called = ast.Call(ast.Name(STAND_IN, ast.Load()), [node.left, node.right], [])
        return ast.copy_location(called, node)


def _with_stand_in() -> list[tuple[FunctionType, CodeType]]:
    """Each function of `helpers` that multiplies matrices by `@`, and its code with the call."""
    rewritten: dict[tuple[str, int, str], CodeType] = {}
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if name.split(".")[0] == "helpers" and path and " @ " in (text := Path(path).read_text()):
            tree = ast.fix_missing_locations(_Operator().visit(ast.parse(text)))
            rewritten |= {_place(code): code for code in _codes(compile(tree, path, "exec"))}
    functions = (f for f in gc.get_objects() if isinstance(f, FunctionType))
    return [
        (function, rewritten[place])
        for function in functions
        if (place := _place(function.__code__)) in rewritten
        and function.__code__.co_freevars == rewritten[place].co_freevars
    ]


def _place(code: CodeType) -> tuple[str, int, str]:
    return code.co_filename, code.co_firstlineno, code.co_qualname


def _codes(module: CodeType) -> Iterator[CodeType]:
    """All code in a module's code that calls the stand-in, itself or in a function within."""
    for constant in module.co_consts:
        if isinstance(constant, CodeType):
            inner = list(_codes(constant))
            if inner or STAND_IN in constant.co_names:
                yield constant
            yield from inner


def _forget() -> None:
    """Empty the caches of functions in `helpers`."""
    for cached in gc.get_objects():
        of = getattr(cached, "__module__", None) if type(cached) is _CACHE else None
        if of and of.startswith("helpers"):
            cached.cache_clear()
