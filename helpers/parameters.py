"""What a parameter is: a number with a range, a unit and a scale, for models, filters, sliders."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers import checks

Rule = Callable[[float], float]  # σ in image units to a value


@dataclass(frozen=True)
class Parameter:
    """One parameter of a model: `low, high` bound sliders and searches, `valid` bounds input.

    ``unit="/255"`` means: held in image units, shown as the literature does, σ = 25/255.
    """

    name: str
    default: float
    low: float
    high: float
    valid: tuple[float, float]
    symbol: str
    unit: str = ""
    step: float | None = None  # None: continuous; integers start at `valid[0]` and go by `step`
    log: bool = False  # move on a logarithmic scale

    @property
    def scale(self) -> float:
        """What to multiply a value by before it is shown."""
        return 255 if self.unit == "/255" else 1

    @property
    def shown_unit(self) -> str:
        """The unit of what is shown, for labels: ``of 255``, ``photons``, ``px``."""
        return "of 255" if self.unit == "/255" else self.unit.strip()

    def format(self, value: float) -> str:
        """Write a value as the literature does: ``σ = 25/255``, ``peak = 30 photons``."""
        return f"{self.symbol} = {value * self.scale:.4g}{self.unit}"

    def at(self, position: float) -> float:
        """The value at a position, 0 to 1, between `low` and `high`; on a step if there are."""
        if self.log:
            value = self.low * (self.high / self.low) ** position
        else:
            value = self.low + position * (self.high - self.low)
        if self.step is None:
            return value
        return int(self.low + round((value - self.low) / self.step) * self.step)

    def position(self, value: float) -> float:
        """Where a value lies between `low` (0) and `high` (1): the inverse of `at`."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = np.log((low, high, max(value, 1e-12)))
        return float(np.clip((value - low) / (high - low), 0, 1))

    def check(self, value: float, owner: str) -> float:
        """Return the value, as int where steps are whole, or raise what is accepted."""
        low, high = self.valid
        number = checks.is_number(value)
        if not (number and low <= value <= high):
            hint = ""
            if number and self.unit == "/255" and high < value <= 255:
                hint = f"; {self.name} is in image units, divide by 255"
            raise ValueError(
                f"{owner}: {self.name} is a number from {low:g} to {high:g}, "
                f"not {checks.shown(value)}{hint}"
            )
        if self.step is None:
            return float(value)
        if (value - low) % self.step:
            steps = ", ".join(f"{low + k * self.step:g}" for k in range(3))
            raise ValueError(f"{owner}: {self.name} is one of {steps}, …, not {value!r}")
        return int(value)


def parameter(
    default: float,
    low: float,
    high: float,
    valid: tuple[float, float],
    symbol: str,
    unit: str = "",
    step: float | None = None,
    log: bool = False,
) -> float:
    """Declare a dataclass field as a parameter, for instance of a noise model."""
    declared = Parameter("", default, low, high, valid, symbol, unit, step, log)
    return dataclasses.field(default=default, metadata={"parameter": declared})


def parameters_of(kind: type) -> dict[str, Parameter]:
    """The parameters that the fields of a dataclass declare, by name.

    Examples
    --------
    >>> @dataclass
    ... class Lamp:
    ...     light: float = parameter(0.5, 0, 1, valid=(0, 1), symbol="light")
    >>> parameters_of(Lamp)["light"].format(0.25)
    'light = 0.25'
    """
    declared = {f.name: f.metadata.get("parameter") for f in dataclasses.fields(kind)}
    return {name: dataclasses.replace(one, name=name) for name, one in declared.items() if one}


# The σ of a denoiser, in image units: filters, networks and fits check theirs by it. As
# `noise.Gaussian.sigma`, whose slider ends at 100/255, beyond which little of a scene is seen.
SIGMA = Parameter("sigma", 25 / 255, 0, 100 / 255, valid=(0, 1), symbol="σ", unit="/255")


@dataclass(frozen=True)
class Setting(Parameter):
    """A free parameter of a filter: a `Parameter`, and the rule that derives it from σ.

    Attributes
    ----------
    rule : callable or None
        σ in image units to a value; None where one value, `default`, serves every σ.
    """

    rule: Rule | None = None

    def value(self, sigma: float | None) -> float:
        """What the rule gives for a noise of strength `sigma`, within `valid`."""
        value = self.default if self.rule is None else self.rule(sigma)
        return type(self.default)(min(max(value, self.valid[0]), self.valid[1]))


def setting(rule: Rule | float, *args: object, **options: object) -> Setting:
    """Declare a free parameter for `filters.denoiser`, by a rule or by one value for every σ.

    The other arguments are those of `parameter`; the default is what the rule gives for
    σ = 25/255.
    """
    default, rule = (rule(SIGMA.default), rule) if callable(rule) else (rule, None)
    return Setting("", default, *args, **options, rule=rule)
