"""Closing HCN channels of the apical dendrite couples it more tightly to the soma.

The text of shine2021 lets noradrenaline close them through alpha2A receptors, Gi and a *fall* of cAMP (wang2007); the
legend of its Fig. 3 speaks of a rise of cAMP through Gq, which is an error: Gq does not raise cAMP, and cAMP opens
these channels. The path itself is disputed, carr2007 find PLC and PKC in place of cAMP. The amount is the closed
fraction B, however it comes about; negative B opens channels beyond rest, as beta receptors do (grzelka2017).

Spikes then run back into the dendrite with more current, ``c = c_0 (1 + 0.25 B)``: at B = 1 the critical frequency
falls to what berger2003 find under a full block.

The channel-level reading closes the channels themselves, linearised around rest: a leak and a slow *inward* current, so
that closing them takes from both and lets the dendrite hyperpolarise. The third reading closes the gated channels of a
cell that has them; in one dendritic compartment shunt and depolarisation cancel, and it is kept as a control.
"""

from dataclasses import replace

from ..burst_cells import ApicalDendrite, TwoCompartmentCell
from ..population import Population
from .mechanism import Mechanism, Reading

COUPLING_GAIN = 0.25  # share by which full closure raises the back-propagating current

# HCN channels of the dendrite, linearised at rest: static conductance, and the one that follows V with the time
# constant of the slow dendritic current. Their ratio is (1 - m)(E_h - E_L)/k with m = 0.04 open, E_h - E_L = 25 mV and
# k = 7 mV.
STATIC_CONDUCTANCE = 3.5e-9  # S
SLOW_CONDUCTANCE = 12e-9  # S
REVERSAL = -0.045  # V


def _dendrite(population: Population, fraction: float) -> tuple[TwoCompartmentCell, ApicalDendrite]:
    if not isinstance(population.cell, TwoCompartmentCell):
        raise ValueError(f"hcn_apical_coupling: the cells of {population.name} have no apical dendrite.")
    if not -1 <= fraction <= 1:
        raise ValueError(
            f"hcn_apical_coupling: closed fraction {fraction:g} is outside -1 to 1; 0 is the untouched cell, 1 a full "
            "block."
        )
    return population.cell, population.cell.dendrite


def _with_dendrite(population: Population, dendrite: ApicalDendrite) -> Population:
    return population.with_cell(dendrite=dendrite)


def _strengthen_back_propagation(population: Population, fraction: float) -> Population:
    _, dendrite = _dendrite(population, fraction)
    stronger = dendrite.back_propagation * (1 + COUPLING_GAIN * fraction)
    return _with_dendrite(population, replace(dendrite, back_propagation=stronger))


def _close_linearised(population: Population, fraction: float) -> Population:
    _, dendrite = _dendrite(population, fraction)
    leak = dendrite.leak_conductance - fraction * STATIC_CONDUCTANCE
    slow = dendrite.adaptation_conductance - fraction * SLOW_CONDUCTANCE
    if leak <= 0 or slow < 0:
        raise ValueError(
            f"hcn_apical_coupling: the dendrite of {population.name} has {dendrite.leak_conductance:g} S of leak and "
            f"{dendrite.adaptation_conductance:g} S of slow current, less than its HCN channels carry; close fewer."
        )
    lost = fraction * STATIC_CONDUCTANCE * (REVERSAL - dendrite.leak_reversal)
    rest = dendrite.leak_reversal - lost / leak
    return _with_dendrite(
        population, replace(dendrite, leak_conductance=leak, leak_reversal=rest, adaptation_conductance=slow)
    )


def _close_gated(population: Population, fraction: float) -> Population:
    _, dendrite = _dendrite(population, fraction)
    if dendrite.h_current is None:
        raise ValueError(
            f"hcn_apical_coupling: the dendrite of {population.name} has no gated HCN channels; give it an h_current."
        )
    left = replace(dendrite.h_current, conductance=dendrite.h_current.conductance * (1 - fraction))
    return _with_dendrite(population, replace(dendrite, h_current=left))


HCN_APICAL_COUPLING = Mechanism(
    id="hcn_apical_coupling",
    lever="back-propagating current raised by 25 % of the closed fraction of apical HCN channels",
    unit="1",
    neutral=0.0,
    amounts=(0.5, 1.0),
    modes={
        "review": _strengthen_back_propagation,
        "bio": Reading(
            lever="closed fraction of apical HCN channels, linearised around rest",
            act=_close_linearised,
            amounts=(0.25, 0.5),
            sources=("berger2003", "berger2001"),
        ),
        "bio:explicit": Reading(
            lever="closed fraction of gated HCN channels in one dendritic compartment, a control",
            act=_close_gated,
            amounts=(0.5, 1.0),
            sources=("berger2001",),
        ),
    },
    sources=("shine2021", "berger2003", "naud2018", "wang2007", "carr2007", "grzelka2017"),
    standard=False,
)
