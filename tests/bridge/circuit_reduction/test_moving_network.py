"""Motions that were measured of every input of a population, put where they belong in its network."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.bridge.circuit_reduction import (
    CURRENT,
    moving_network,
    network_record,
    open_loop_populations,
    reduce_circuit,
    self_consistent_states,
)
from mesobridge.bridge.estimate import symmetric_estimate
from mesobridge.bridge.rate_motion import RateMotionEstimate
from mesobridge.meanfield.networks import RateMotion

from .example_circuits import LEAKY, MEMORYLESS, excitatory_inhibitory


def measured(slope: float, motion: RateMotion) -> RateMotionEstimate:
    empty = np.zeros(0)
    return RateMotionEstimate(
        motion, symmetric_estimate(slope, 1.0, "Hz/V"), np.zeros((1 + 2 * motion.order,) * 2), empty, empty + 0j, empty,
        (),
    )  # fmt: skip


BY_CURRENT = measured(5000.0, RateMotion((6e-3,), (1e-3,)))
EXCITED = measured(5000.0, RateMotion((7e-3,), (1e-3,)))
INHIBITED = measured(4000.0, RateMotion((5e-3,), (2e-3,)))
ALL = {CURRENT: BY_CURRENT, "heard 0": EXCITED, "heard 1": INHIBITED}


def test_every_input_gets_its_own_motion_and_the_operating_point_stays() -> None:
    circuit = excitatory_inhibitory(LEAKY)
    state = self_consistent_states(circuit)[0]
    rates = dict(zip(circuit.names, state.rates.tolist(), strict=True))
    alone = open_loop_populations(circuit, rates, state.states["E"].sources)
    moving = moving_network(circuit, state.network, alone, {"E": ALL})
    motions = {p.name: p.motion for p in (*moving.projections, *moving.drives) if p.target == "E"}
    assert motions["E to E"] == EXCITED.motion
    assert motions["I to E"] == replace(INHIBITED.motion, gain=0.8)
    assert motions["external"] == EXCITED.motion
    assert motions["current"] == BY_CURRENT.motion
    assert all(p.motion is None for p in (*moving.projections, *moving.drives) if p.target == "I")
    # What an input does beyond its operating level has a gain; at that level nothing has changed.
    there = np.array([state.states["E"].rates[name] for name in circuit.names])
    assert_allclose(moving.structure.mapped(there), state.network.structure.mapped(there), rtol=1e-9)
    more = there * [1.0, 1.01]
    assert moving.structure.mapped(more)[0] > state.network.structure.mapped(more)[0]
    assert_allclose(moving.structure.potentials(more), state.network.structure.potentials(more), rtol=1e-12)
    assert network_record(moving)["digest"] != network_record(state.network)["digest"]


def test_without_the_current_there_is_no_yardstick_and_no_motion() -> None:
    circuit = excitatory_inhibitory(MEMORYLESS)
    network = reduce_circuit(circuit)
    alone = open_loop_populations(circuit, {"E": 5.0, "I": 5.0})
    moving = moving_network(circuit, network, alone, {"E": {"heard 0": EXCITED}})
    assert all(p.motion is None for p in (*moving.projections, *moving.drives))
    assert moving.reference() == pytest.approx(network.reference())
