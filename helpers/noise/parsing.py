"""A noise model as it is typed on a command line: ``gaussian:sigma=25``."""

from __future__ import annotations

from helpers import checks
from helpers.noise.base import MODELS, NoiseModel


def model(text: str) -> NoiseModel:
    """A noise model from ``key:name=value,name=value``; values as the literature shows them.

    A gray level above 0 and below 1 is taken with a warning: most who write it mean image units.

    Raises
    ------
    ValueError
        For an unknown model or parameter, one named twice, what is no number, and a value that
        the model does not take.

    Examples
    --------
    >>> print(model("gaussian:sigma=25"))
    Gaussian, σ = 25/255
    """
    if not isinstance(text, str):
        raise checks.refusal("a noise", "a text such as 'gaussian:sigma=25'", text)
    key, _, rest = text.partition(":")
    kind = MODELS[key]
    parameters, values = kind.parameters(), {}
    for pair in filter(None, rest.split(",")):
        name, _, value = pair.partition("=")
        if name not in parameters:
            raise ValueError(f"{key} has the parameters {', '.join(parameters)}, not {name!r}")
        if name in values:
            raise ValueError(f"{text!r} names {name} twice")
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"{text!r}: {value!r} is no number") from None
        scale = parameters[name].scale
        if scale != 1:
            low, high = parameters[name].valid
            checks.number(number, f"{text!r}: {name} (in gray levels)", scale * low, scale * high)
            checks.gray_levels(number, f"{text!r}: {name}")
        values[name] = number / scale
    return kind(**values)
