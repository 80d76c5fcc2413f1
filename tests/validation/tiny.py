"""A small study of the population with a known answer, walked once for all tests of this folder."""

from typing import Any

TINY: dict[str, Any] = {
    "title": "planted truth",
    "population": "escape_rate",
    "seed": 11,
    "mechanisms": [{"id": "ampa_density", "amounts": [2.0]}, {"id": "threshold_spread", "amounts": ["3 mV"]}],
    "sigmoid": {
        "v_min": "-12 mV", "v_max": "20 mV", "duration": "1 s", "warm_up": "0.2 s", "budget": 4000,
        "precision": {"v50": "0.05 mV", "width": "0.05 mV", "q_max": 0.005, "skew": 0.01},
    },
    "operating": {"rate": "20 Hz", "slots": 2},
    "kernel": {"cells_per_group": 10, "duration": "0.3 s", "warm_up": "0.1 s"},
    "dynamics": {
        "stimuli": [{"kind": "step", "height": 0.8}], "cells_per_group": 50, "duration": "0.9 s", "warm_up": "0.2 s",
    },
    "rate_kernel": {"enabled": False},
}  # fmt: skip
