"""Number formats: float32 for all that is scored; bfloat16 for training, where it is fast."""

from __future__ import annotations

from functools import lru_cache

import torch

from helpers.checks import one_of

PRECISIONS = ("auto", "float32", "bfloat16")


@lru_cache
def has_fast_bfloat16(device: str = "cpu") -> bool:
    """Whether a device multiplies bfloat16 in hardware; emulated it is many times slower.

    On a processor that means AMX or AVX-512 BF16; with them, and `channels_last`, training is
    about four times faster. On processors without, float32 is.
    """
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device != "cpu":
        return False
    if not hasattr(torch.cpu, "get_capabilities"):  # torch before 2.10
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    has = torch.cpu.get_capabilities()
    return bool(has.get("amx_bf16") or has.get("avx512_bf16"))


def autocast(precision: str, device: str = "cpu") -> torch.autocast:
    """A context in which convolutions run in the chosen precision.

    Raises
    ------
    ValueError
        For a precision that is not one of ``auto``, ``float32``, ``bfloat16``.

    Examples
    --------
    >>> with autocast("bfloat16"):
    ...     torch.nn.Linear(2, 2)(torch.zeros(1, 2)).dtype
    torch.bfloat16
    """
    one_of(precision, "precision", PRECISIONS)
    use = precision == "bfloat16" or (precision == "auto" and has_fast_bfloat16(device))
    return torch.autocast(device, dtype=torch.bfloat16, enabled=use)
