"""A study: a table that takes long to make, kept row by row with what each row depends on.

Rows that are made at once are a *group*: a `functools.partial` that makes them, named by a key.
What they depend on is its arguments, and the code that they and its function name; so a group is
stale when `versions.fingerprint` of its partial is no longer the one that was kept. Fingerprints
lie beside the table, with the SHA-256 of its rows: they are those of no other table. What a group
loads by name it does not hold; the study says which weights these are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from helpers import datasets, metrics, networks, paths, schedulers, versions
from helpers.files import write_whole
from helpers.networks import Network, weights
from helpers.registry import Registry
from helpers.training import History, train
from helpers.training.cards import mean_scores
from helpers.training.patches import Noise, Pair
from helpers.training.sources import held_out_photographs

LAST_DIGIT = 1e-4  # relative: tables keep four digits or more, and the last may round otherwise
Key = tuple[str | int, ...]
Make = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Study:
    """How a table of `data/results` is made, group by group.

    Attributes
    ----------
    name : str
        Also that of the table, ``data/results/NAME.csv``.
    summary : str
        In a sentence.
    notebook : str
        The one that reads it, without its number.
    key : tuple of str
        Columns whose values name a group.
    groups : callable
        From the table so far, on which a plan may depend, to a dictionary: key to the partial
        that makes the group, as a table with all columns.
    minutes : float
        For all of it, on one core.
    sample : collection of tuple
        Keys of groups that take little time; `adopt` makes them again.
    spread : mapping
        Column to how far a number of it may move on another processor; none if it is not named.
    measured : collection of str
        Columns of times and memory, which never come out the same.
    form : mapping
        What `DataFrame.to_csv` is told beside.
    ships : callable
        Whether the group of a key makes a weight that ships; it is then made with ``save=True``.
    loads : callable
        Names of the weights that the group of a key loads by name: another weight of that name
        makes the group stale, as one that it holds does.
    """

    name: str
    summary: str
    notebook: str
    key: tuple[str, ...]
    groups: Callable[[pd.DataFrame], Mapping[Key, Make]]
    minutes: float
    sample: Collection[Key] = ()
    spread: Mapping[str, float] = field(default_factory=dict)
    measured: Collection[str] = ()
    form: Mapping[str, object] = field(default_factory=dict)
    ships: Callable[[Key], bool] = lambda key: False
    loads: Callable[[Key], Collection[str]] = lambda key: ()

    @property
    def path(self) -> Path:
        """The table."""
        return paths.results() / f"{self.name}.csv"

    @property
    def beside(self) -> Path:
        """The fingerprints of its groups, as JSON."""
        return self.path.with_suffix(".fingerprints.json")

    def read(self) -> tuple[pd.DataFrame, dict[str, str]]:
        """The table, and the fingerprint of each group in it, as far as one is known.

        Both are empty before the first group was made. A table that something else has changed
        since has no fingerprints.
        """
        if not self.path.exists():
            return pd.DataFrame(), {}
        text = self.path.read_text("utf-8")
        rows = text.partition("\n")[2] if text.startswith("#") else text  # below the command
        table, kept = pd.read_csv(StringIO(rows)), {"sha256": None}
        if self.beside.exists():
            kept = json.loads(self.beside.read_text("utf-8"))
        if kept["sha256"] != sha256(rows.encode()).hexdigest():
            return table, {}
        return table, kept["groups"]

    def write(self, table: pd.DataFrame, fingerprints: Mapping[str, str]) -> None:
        """Write table and fingerprints, each whole or not at all; of groups in the table only."""
        rows = table.to_csv(index=False, lineterminator="\n", **self.form)
        there = set(map(label, self._rows(table)))
        groups = {name: one for name, one in fingerprints.items() if name in there}
        kept = {"sha256": sha256(rows.encode()).hexdigest(), "groups": groups}
        text = f"# python -m helpers.studies {self.name}\n{rows}"
        beside = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
        # The table first: if all ends between the two, its fingerprints count no more.
        write_whole({self.path: text.encode(), self.beside: beside.encode()})

    def due(self) -> dict[Key, str]:
        """Groups that are not in the table ("missing"), or there from other code ("stale").

        Those that are there and that the study makes no more are "dropped".
        """
        table, kept = self.read()
        there, groups = dict.fromkeys(self._rows(table)), self.groups(table)
        due = {
            key: "stale" if key in there else "missing"
            for key, make in groups.items()
            if kept.get(label(key)) != self._fingerprint(key, make)
        }
        return due | {key: "dropped" for key in there if key not in groups}

    def run(
        self, only: str | None = None, again: bool = False, scheduler: Any = None
    ) -> Iterator[tuple[Key, pd.DataFrame]]:
        """Make the groups that are due, and give each when it is written.

        Groups made anew take the place of the old ones, others theirs in the plan.

        Parameters
        ----------
        only : str, optional
            Groups with this label, or with this as a part of their key; others are left alone.
        again : bool
            Also groups that are not due.
        scheduler : optional
            Where they are made, as `schedulers.run` has it. Workers of a cluster write weights
            that ship to the disk that they see.

        Raises
        ------
        ValueError
            Before anything is made: for `only` that fits no group, and for weights that would
            ship from code that is not committed.
        """
        (table, kept), done = self.read(), set()
        while todo := self._todo(table, {} if again else kept, only, done):
            groups, tasks = self.groups(table), [(key, make) for key, (make, _) in todo.items()]
            for (key, _), made in schedulers.run(_made, tasks, scheduler):
                if isinstance(made, Exception):
                    raise made
                table, kept = self.read()  # with what another process has written meanwhile
                table = self._put(table, list(groups), key, made)
                kept[label(key)] = todo[key][1]
                self.write(table, kept)
                done.add(key)
                yield key, made
        groups = self.groups(table)
        planned = [own in groups for own in self._rows(table)]
        if only is None and not all(planned):
            self.write(table[planned], kept)

    def _todo(
        self, table: pd.DataFrame, kept: Mapping[str, str], only: str | None, done: set[Key]
    ) -> dict[Key, tuple[Make, str]]:
        """Groups to be made, each with the fingerprint of what will make it."""
        groups, todo = self.groups(table), {}
        wanted = [key for key in groups if only in (None, label(key), *map(str, key))]
        if not wanted:
            names = ", ".join(repr(label(key)) for key in groups)
            raise ValueError(f"the study {self.name} has no group {only!r}; it has {names}")
        for key in (key for key in wanted if key not in done):
            make, fingerprint = groups[key], self._fingerprint(key, groups[key])
            if kept.get(label(key)) == fingerprint:
                continue
            if self.ships(key):
                if str(versions.commit(make)).endswith("-dirty"):
                    raise ValueError(
                        f"{self.name}: the weight of {label(key)!r} ships, and the code that "
                        "makes it is not committed; commit first"
                    )
                make = partial(make, save=True)
            todo[key] = make, fingerprint
        return todo

    def adopt(self) -> list[Key]:
        """Keep the table's groups as made by the code as it is, once the sample agrees.

        After a change that should alter no number, such as of a name. It vouches for the code
        that the sample runs through, and not for settings of other groups: where these were
        changed, the groups are made anew, with `run`.

        Returns
        -------
        list of tuple
            What was made again.

        Raises
        ------
        ValueError
            For a study without a sample, and where the sample is not what the table says, by
            more than `spread`; nothing is kept then.
        """
        table = self.read()[0]
        groups = self.groups(table)
        if not self.sample:
            raise ValueError(f"the study {self.name} has no sample that takes little time")
        for key in self.sample:
            if reason := self.difference(key, groups[key]()):
                raise ValueError(f"{self.name}, {label(key)}: {reason}; nothing is adopted")
        self.write(table, {label(k): self._fingerprint(k, make) for k, make in groups.items()})
        return list(self.sample)

    def difference(self, key: Key, new: pd.DataFrame) -> str | None:
        """What is not as the table has it in a group that was made anew; None where all is.

        Numbers may be off by `spread`, and those of `measured` by anything.
        """
        table = self.read()[0]
        old = table[[own == key for own in self._rows(table)]].reset_index(drop=True)
        new = pd.read_csv(StringIO(new.to_csv(index=False, **self.form)))
        # Columns that only other groups fill are empty in the table, and not in what was made.
        old, new = (one.dropna(axis="columns", how="all") for one in (old, new))
        if new.shape != old.shape or set(new.columns) != set(old.columns):
            return f"the table has {old.shape} rows and columns, now they are {new.shape}"
        for column in (name for name in old.columns if name not in self.measured):
            before, after, allowed = old[column], new[column], self.spread.get(column, 0.0)
            if before.dtype.kind not in "iuf":  # names, yes and no
                if not before.equals(after):
                    return f"{column} is not the same"
            elif not np.isclose(after, before, LAST_DIGIT, allowed, equal_nan=True).all():
                off = np.abs(after - before).max()
                return f"{column} is off by {off:.3g}, more than {allowed:g}"
        return None

    def _fingerprint(self, key: Key, make: Make) -> str:
        """Of what makes a group, and of the weights that it loads by name."""
        cards = [weights.read_card(weights.find(name)) for name in self.loads(key)]
        return versions.fingerprint((make, [card["sha256"] for card in cards]))

    def _rows(self, table: pd.DataFrame) -> list[Key]:
        """The key of each row."""
        return [] if table.empty else list(zip(*(table[name].tolist() for name in self.key)))

    def _put(
        self, table: pd.DataFrame, plan: list[Key], key: Key, made: pd.DataFrame
    ) -> pd.DataFrame:
        """A table with a group: in its old place, or after all that the plan has before it."""
        keys = list(dict.fromkeys(self._rows(made)))
        if keys != [key]:
            raise ValueError(f"{self.name} made {keys} where {key} was to be made")
        if table.empty:
            return made.reset_index(drop=True)
        rows = self._rows(table)
        places = [place for place, own in enumerate(rows) if own == key]
        if not places:
            before = set(plan[: plan.index(key)])
            places = [max((i for i, own in enumerate(rows) if own in before), default=-1) + 0.5]
        places += places[-1:] * len(made)  # of more rows than before, the last stay together
        rest = table[[own != key for own in rows]]
        both = pd.concat([rest, made.set_axis(places[: len(made)])])
        return both.sort_index(kind="stable").reset_index(drop=True)


STUDIES: Registry[Study] = Registry("study")


def label(key: Key) -> str:
    """A key as text.

    Examples
    --------
    >>> label(("mwcnn, equal time", 0))
    'mwcnn, equal time | 0'
    """
    return " | ".join(map(str, key))


def _made(task: tuple[Key, Make]) -> pd.DataFrame:
    """The rows of a group, wherever it is made."""
    return task[1]()


# ---- what several studies do ------------------------------------------------------------------


def train_from(
    seed: int,
    network: Mapping[str, object],
    pictures: Sequence[np.ndarray] | Sequence[Pair],
    noise: Noise | None,
    **settings: object,
) -> tuple[Network, History]:
    """Build a network from the start that a seed gives, and train it, as `training.train` does."""
    torch.manual_seed(seed)
    built = networks.build(**network)
    return built, train(built, pictures, noise=noise, seed=seed, progress=False, **settings)


def scores_on(sets: Sequence[str], network: Network, sigma: float) -> dict[str, dict[str, float]]:
    """`mean_scores` at σ in gray levels on the photographs held out, and on published sets."""
    pictures = {"photographs": list(held_out_photographs().values())}
    pictures |= {name: datasets.fetch(name, progress=False).images for name in sets}
    denoise = networks.TrainedNetwork(network)
    return {name: mean_scores(denoise, some, sigma) for name, some in pictures.items()}


def detail(clean: np.ndarray, restored: np.ndarray) -> dict[str, float]:
    """How much of the picture is there, a share, and of the noise, in gray levels."""
    kept = metrics.texture(clean, restored)
    return {"texture": kept.texture, "noise": 255 * kept.noise}
