"""An open image set: pictures that are decoded when they are asked for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers import checks

if TYPE_CHECKING:
    import pandas


class Lazy(Sequence):
    """A sequence whose items are read when they are asked for, each time anew.

    Examples
    --------
    >>> squares = Lazy(range(10), lambda n: n * n)
    >>> len(squares), squares[3], list(squares[7:]), list(squares.take([1, 2]))
    (10, 9, [49, 64, 81], [1, 4])
    """

    def __init__(self, sources: Sequence, read: Callable[[Any], Any]) -> None:
        self._sources, self._read = sources, read

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Lazy(self._sources[index], self._read)
        return self._read(self._sources[self._position(index)])

    def _position(self, index: object) -> int:
        """A whole number, as any that counts itself as one is (0-d arrays of NumPy and torch)."""
        try:
            position = operator.index(index)
        except TypeError:
            raise checks.refusal("a position", "a whole number or a slice", index) from None
        if not -len(self) <= position < len(self):
            # a loop over the items ends with it
            raise IndexError(f"position {checks.shown(position)} of {len(self)} items")
        return position

    def __repr__(self) -> str:
        return f"<{len(self)} items, read when asked for>"

    def take(self, indices: Sequence[int]) -> Lazy:
        """The items at these positions, still unread.

        Raises
        ------
        ValueError
            For what is no list of whole numbers.
        """
        wanted = checks.several(indices, "indices", "a list of positions")
        return Lazy(tuple(self._sources[self._position(i)] for i in wanted), self._read)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What `fetch` gives. What a set does not have is None.

    Examples
    --------
    >>> pair = Dataset("mine", "CC0", "nobody", ("a", "b"), Lazy(range(2), np.zeros))
    >>> pair
    <mine: 2 images>
    >>> pair.references is None
    True
    """

    set: str  # key in `SETS`
    terms: str
    citation: str
    names: tuple[str, ...]  # without suffix
    images: Sequence[np.ndarray]  # float32 in [0, 1], (H, W) or (H, W, 3), in order of `names`
    references: Sequence[np.ndarray] | None = None  # clean, in order of `names`
    labels: Sequence | None = None  # label maps, or one class for each image
    table: pandas.DataFrame | None = None  # one row for each image (sidd: each scene instance)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        parts = {"references": self.references, "labels": self.labels, "a table": self.table}
        also = [part for part, value in parts.items() if value is not None]
        return f"<{self.set}: {len(self)} images{''.join(', ' + part for part in also)}>"

    def where(self, **columns: object) -> Dataset:
        """The images whose row in `table` has these values; a list admits several values.

        Splits by scene go through here: pictures of one scene are not independent.

        Raises
        ------
        ValueError
            When the set has no table with one row for each image, or no such column, for what
            no column holds, or when no image is left.

        Examples
        --------
        >>> import pandas
        >>> table = pandas.DataFrame({"scene": ["desk", "toy", "desk"]})
        >>> images = Lazy(range(3), np.zeros)
        >>> mine = Dataset("mine", "CC0", "nobody", ("a", "b", "c"), images, table=table)
        >>> mine.where(scene="desk").names
        ('a', 'c')
        """
        if self.table is None or len(self.table) != len(self):
            raise ValueError(f"set {self.set!r} has no table with one row for each image")
        if unknown := sorted(columns.keys() - set(self.table)):
            raise ValueError(f"no column {unknown[0]!r} in {self.set!r}; {list(self.table)}")
        keep = np.ones(len(self), dtype=bool)
        for column, values in columns.items():
            try:
                keep &= self.table[column].isin(np.atleast_1d(values)).to_numpy()
            except (TypeError, ValueError, OverflowError, NotImplementedError):
                raise checks.refusal(column, "a value of that column or a list", values) from None
        if not keep.any():
            raise ValueError(f"no image of {self.set!r} has {checks.shown(columns)}")
        indices = np.flatnonzero(keep)
        parts = {"table": self.table.iloc[indices].reset_index(drop=True)}
        for name in ("names", "images", "references", "labels"):
            part = getattr(self, name)
            if isinstance(part, (Lazy, np.ndarray)):
                parts[name] = part.take(indices)
            elif part is not None:
                parts[name] = tuple(part[i] for i in indices)
        return replace(self, **parts)
