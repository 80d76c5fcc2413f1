"""Portrait of layer 5 pyramids: spikes, events and bursts over both currents, before and after HCN channels close."""

from typing import Any

import numpy as np

from ....bridge.burst_statistics import burst_table
from ....spiking import MECHANISMS, POPULATIONS, CurrentGrid
from ....spiking.library import in_current_noise
from ...simulations import Job, Laboratory
from ..bench import Settings

SOMATIC = tuple(1e-12 * np.arange(0.0, 1001.0, 125.0))  # A
DENDRITIC = tuple(1e-12 * np.arange(-400.0, 401.0, 100.0))  # A
CLOSED = (0.0, 1.0)
QUANTITIES = ("spike_rate", "event_rate", "burst_probability")


def burst_surface(laboratory: Laboratory, settings: Settings) -> dict[str, Any]:
    """Return rates (Hz) and burst probability over both currents, (closed, dendritic, somatic); null without events."""
    base, hcn = in_current_noise(POPULATIONS["l5_thick_tufted"]()), MECHANISMS["hcn_apical_coupling"]
    grid = CurrentGrid(somatic=SOMATIC, dendritic=DENDRITIC, cells=settings.cells(60), duration=4.0)
    seed = settings.seed_of("burst surface")
    jobs = [Job(population=hcn.apply(base, share), experiment=grid, seed=seed) for share in CLOSED]
    tables = [burst_table(recording) for recording in laboratory.record("Surface of layer 5 bursts", jobs)]
    surfaces = {
        name: [table[name].transpose("dendritic", "somatic").values.tolist() for table in tables] for name in QUANTITIES
    }
    return {"somatic": list(SOMATIC), "dendritic": list(DENDRITIC), "closed": list(CLOSED), **surfaces}
