"""A dictionary of a family's members, by name; an unknown name gets a helpful answer."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TypeVar

from helpers.checks import shown

Member = TypeVar("Member")


class Registry(dict[str, Member]):
    """Members of one family (noise models, distances, metrics, ...), keyed by name.

    Parameters
    ----------
    family : str
        What a member is called in messages, such as ``"noise model"``.

    Raises
    ------
    ValueError
        When a name is looked up that no member has, a list or another thing that is no name
        among them; the message lists the known names.

    Examples
    --------
    >>> scores = Registry("score")
    >>> @scores.register
    ... def mse(reference, image):
    ...     return float(((reference - image) ** 2).mean())
    >>> scores["mze"]
    Traceback (most recent call last):
    ...
    ValueError: unknown score 'mze', did you mean 'mse'? Known: mse
    """

    def __init__(self, family: str) -> None:
        super().__init__()
        self.family = family

    def register(self, member: Member) -> Member:
        """Add a function or a class under its own name (use as a decorator)."""
        self[member.__name__] = member
        return member

    def __getitem__(self, name: object) -> Member:
        if name in self:
            return super().__getitem__(name)
        near = get_close_matches(name, self, n=1) if isinstance(name, str) else []
        hint = f", did you mean {near[0]!r}?" if near else "."
        raise ValueError(f"unknown {self.family} {shown(name)}{hint} Known: {', '.join(self)}")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name)

    def get(self, name: object, default: object = None) -> object:
        """The member, or `default`; for a list or another thing that is no name, too."""
        return super().get(name, default) if name in self else default
