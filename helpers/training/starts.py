"""First weights for a chain of layers, other than He's draw.

A ReLU keeps one sign of what it is given. Where units come in pairs of opposite sign nothing is
lost, relu(v) − relu(−v) = v, and the chain begins as a linear map. From there DnCNN learns much
faster in colour (the numbers stand in `recipes`).
"""

from __future__ import annotations

import torch
from torch import nn

from helpers.networks import DnCNN


def mirrored_(network: DnCNN, last: float = 0.1) -> None:
    """Draw weights so that every unit has one with the opposite sign beside it, in place.

    Each layer begins as an orthogonal draw Q of half its width; the next one reads the difference
    of a pair, so all layers together begin as a linear map of the picture. The last layer is
    scaled down: an untrained network returns nearly its input. `torch.manual_seed` decides the
    draw.

    Parameters
    ----------
    network : DnCNN
        Of an even width.
    last : float
        Factor of the last layer's weights.

    Raises
    ------
    ValueError
        For an odd width.

    References
    ----------
    Balduzzi, Frean, Leary, Lewis, Ma, McWilliams (2017). The shattered gradients problem: if
    resnets are the answer, then what is the question? ICML. (They call it looks-linear.)

    Examples
    --------
    >>> from helpers import networks
    >>> network = networks.build("dncnn", channels=3).eval()
    >>> mirrored_(network)
    >>> x = torch.randn(1, 3, 16, 16)
    >>> with torch.no_grad():
    ...     bool(torch.allclose(network(-2 * x), -2 * network(x), atol=1e-5))
    True
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    width = layers[0].out_channels
    if width % 2:
        raise ValueError(f"pairs of units need an even width, not {width}")
    for layer in layers:
        outside, inside, *side = layer.weight.shape
        drawn = torch.empty(
            outside if layer is layers[-1] else outside // 2,
            inside if layer is layers[0] else inside // 2,
            *side,
        )
        nn.init.orthogonal_(drawn)
        if layer is not layers[-1]:
            drawn = torch.cat([drawn, -drawn])  # a unit, and its opposite
        if layer is not layers[0]:
            drawn = torch.cat([drawn, -drawn], dim=1)  # the difference of a pair
        with torch.no_grad():
            layer.weight.copy_(last * drawn if layer is layers[-1] else drawn)
            if layer.bias is not None:
                layer.bias.zero_()
