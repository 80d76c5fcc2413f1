"""What cAMP does to HCN channels: a calculation from published activation curves, without a simulation.

cAMP moves the activation of HCN1 by 2 to 7 mV toward positive potentials (wainger2001); the share of open channels at
rest follows from a Boltzmann curve. Draws from the ranges of shift and curve give the interval.
"""

import numpy as np

from ...simulations import Laboratory
from ...verdict import Measurement
from ..bench import Settings
from ..effect import Effect
from .experiment import Experiment

SHIFT, HALF, SLOPE = (0.002, 0.007), (-0.090, -0.075), (0.006, 0.010)  # V, ranges of uniform draws
RESTS = {"tuft at -70 mV": -0.070, "tuft at -62 mV": -0.062}
DRAWS = 4000
OBSERVABLES = {"open hcn channels with camp": "1"}


def opening_by_camp(v: float, generator: np.random.Generator) -> Measurement:
    """Return ln(open with cAMP / open without) at ``v`` (V), its spread over the published ranges as its error."""
    shift, half, slope = (generator.uniform(*ends, DRAWS) for ends in (SHIFT, HALF, SLOPE))
    without, with_it = (1 / (1 + np.exp((v - half - moved) / slope)) for moved in (0.0, shift))
    change = np.log(with_it / without)
    return Measurement(value=float(change.mean()), standard_error=float(change.std(ddof=1)))


def measure_gating(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what cAMP does to the share of open HCN channels."""
    laboratory.progress.stage("Gating of HCN channels", 1)
    generator = np.random.default_rng(settings.seed_of("gating"))
    effects = [
        Effect(
            observable="open hcn channels with camp", domain=domain, unit="1", measurement=opening_by_camp(v, generator)
        )
        for domain, v in RESTS.items()
    ]
    laboratory.progress.advance()
    return effects


GATING = Experiment(
    name="gating",
    title="cAMP and HCN channels, from published activation curves",
    observables=OBSERVABLES,
    run=measure_gating,
    weight=0.1,
    papers=("wainger2001",),
)
