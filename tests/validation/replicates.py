"""Planted features of conditions that share their groups of cells: a truth, private noise, and noise in common."""

from collections.abc import Sequence

import numpy as np

from mesobridge.validation.replicated import Replicated

GROUPS = 10


def planted(
    truths: Sequence[float], error: float, rng: np.random.Generator, *, name: str = "gain", common: float = 0.0
) -> list[Replicated]:
    """Return one condition for each true value, its standard error ``error``; ``common`` is the error they share."""
    shared = common * np.sqrt(GROUPS) * rng.standard_normal(GROUPS)
    made = []
    for truth in truths:
        groups = truth + shared + error * np.sqrt(GROUPS) * rng.standard_normal(GROUPS)
        rest = (groups.sum() - groups) / (GROUPS - 1)
        made.append(
            Replicated(whole={name: float(groups.mean())}, left_out=tuple({name: float(value)} for value in rest))
        )
    return made
