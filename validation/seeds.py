"""The seed tree: one integer in the study fixes every random number.

study seed -> (experiment, batch) -> the engine's key -> (level or stimulus, cell) -> step. The condition is no branch
of the tree: every condition of a study hears the same noise, so that the effect of a mechanism is a paired difference.
"""

from typing import Literal

import numpy as np

ExperimentName = Literal["steady", "probe", "dynamics", "rate_kernel", "calibration", "ledger", "open_loop", "network"]

_BRANCH: dict[ExperimentName, int] = {
    "steady": 1,
    "probe": 2,
    "dynamics": 3,
    "rate_kernel": 4,
    "calibration": 5,
    "ledger": 6,
    "open_loop": 7,
    "network": 8,
}


def experiment_seed(study_seed: int, experiment: ExperimentName, batch: int = 0) -> int:
    """Return the engine seed (63 bits) of one experiment of a study."""
    sequence = np.random.SeedSequence([study_seed, _BRANCH[experiment], batch])
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
