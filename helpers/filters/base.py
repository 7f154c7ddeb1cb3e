"""What a filter is: a function, its free parameters declared beside it, one call for all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from helpers import checks
from helpers.denoiser import Denoiser
from helpers.estimation.blind import estimated
from helpers.images import as_image
from helpers.parameters import SIGMA, Setting
from helpers.registry import Registry

FILTERS: Registry[Denoiser] = Registry("filter")


def odd(x: float) -> int:
    """The odd number, 1 or more, that is nearest to `x`: windows have a middle.

    Examples
    --------
    >>> [odd(x) for x in (0.3, 1.9, 2.1, 5)]
    [1, 1, 3, 5]
    """
    return max(1, 2 * round((checks.number(x, "x") - 1) / 2) + 1)


def denoiser(uses_sigma: bool = False, **settings: Setting) -> Callable[[Denoiser], Denoiser]:
    """Make a filter of a function, and register it in `FILTERS` (use as a decorator).

    The function is written with the signature that its users see. When it is called, `noisy`
    has passed `images.as_image`, σ is checked (or estimated, where it is needed and not given),
    and each setting that was left out has the value of its rule. σ = 0 never reaches it: the
    input is returned. A constant picture without a σ counts as one without noise; where hardly
    any noise is found in another, a warning says so, and a picture that is constant over more
    than half of it is refused (see `estimation.blind_sigma`).

    Parameters
    ----------
    uses_sigma : bool
        The function needs σ itself, not only for its settings.
    **settings : Setting
        The free parameters, by name; readable afterwards as ``filter.settings``.

    Examples
    --------
    A filter of your own, known to the whole course at once:

    >>> from helpers.parameters import setting
    >>> @denoiser(share=setting(lambda sigma: 4 * sigma, 0, 1, valid=(0, 1), symbol="share"))
    ... def fade(noisy, sigma=None, *, share=None):
    ...     '''Mix the picture with its mean.'''
    ...     return share * noisy.mean() + (1 - share) * noisy
    >>> picture = np.eye(2)
    >>> fade(picture, 25/255, share=1)
    array([[0.5, 0.5],
           [0.5, 0.5]], dtype=float32)
    >>> fade(picture, 25)
    Traceback (most recent call last):
    ...
    ValueError: fade: sigma is a number from 0 to 1, not 25; sigma is in image units, divide by 255
    >>> FILTERS.pop("fade").settings["share"].format(0.5)
    'share = 0.5'
    """
    settings = {name: replace(one, name=name) for name, one in settings.items()}

    def declare(function: Denoiser) -> Denoiser:
        own = function.__name__

        @functools.wraps(function)
        def denoise(noisy: np.ndarray, sigma: float | None = None, **given) -> np.ndarray:
            image = as_image(noisy, clipped=False)
            options = {name: value for name, value in given.items() if value is not None}
            for name in settings.keys() & options.keys():
                options[name] = settings[name].check(options[name], own)
            by_rule = [one for name, one in settings.items() if name not in options]
            if sigma is None and (uses_sigma or any(one.rule for one in by_rule)):
                sigma = estimated(image, own)
            sigma = sigma if sigma is None else SIGMA.check(sigma, own)
            if sigma == 0:
                return image.copy()
            options.update({one.name: one.value(sigma) for one in by_rule})
            return function(image, sigma, **options).astype(np.float32, copy=False)

        denoise.settings = settings
        return FILTERS.register(denoise)

    return declare
