"""From a circuit to its mean field, from estimates or from theory alone, and the record that it was made first."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Circuit
from .network_of_states import Motion
from .open_loop import OpenLoopEstimate, network_of_estimates
from .operating_state import Sources
from .self_consistency import CircuitState, self_consistent_states


def reduce_circuit(
    circuit: Circuit,
    *,
    estimates: Mapping[str, OpenLoopEstimate] | None = None,
    rates: Mapping[str, float] | None = None,
    sources: Sources | None = None,
    two_moments: bool = False,
    motion: Motion = "still",
) -> PopulationNetwork:
    """Return the population network of a circuit, every parameter of it known before the network is run.

    Source: amit1997; brunel2000 (self-consistent rates); shine2021 (a sigmoid and a kernel for each population).

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    estimates : mapping of str to OpenLoopEstimate, optional
        What was measured of each population alone, at ``rates``; without it theory alone is asked.
    rates : mapping of str to float, optional
        With ``estimates``: the rates (Hz) at which they were measured. Without: where to look for the state about which
        the network is made; the stable state with the lowest first rate unless given.
    sources : Sources, optional
        With ``estimates``: what the open loop took the spikes to be beyond their rates.
    two_moments : bool
        Whether widths follow the variance of the input; theory only, estimates bring their own rate models.
    motion : {"still", "leaky"}
        How rates follow moving potentials, theory only; see `network_of_states`.

    Raises
    ------
    ValueError
        If estimates come without their rates.
    PredictionRefused
        If theory finds no self-consistent state.
    """
    if estimates is not None:
        if rates is None:
            raise ValueError("reduce_circuit: estimates without the rates they were measured at; give rates.")
        return network_of_estimates(circuit, estimates, rates, sources)
    starts = () if rates is None else (rates,)
    found = self_consistent_states(circuit, starts=starts, two_moments=two_moments, motion=motion)
    return _chosen(circuit, found, rates).network


def _chosen(circuit: Circuit, found: tuple[CircuitState, ...], rates: Mapping[str, float] | None) -> CircuitState:
    if rates is not None:
        wanted = np.log([max(float(rates[name]), 1e-3) for name in circuit.names])
        return min(found, key=lambda state: float(np.max(np.abs(np.log(np.maximum(state.rates, 1e-3)) - wanted))))
    return next((state for state in found if state.stable), found[0])


def network_record(network: PopulationNetwork) -> dict[str, Any]:
    """Return every parameter of a network as plain JSON, with a ``digest`` of all of them.

    A study stores it before the spiking network runs: the digest then proves that nothing was tuned afterwards.
    """
    facts = {
        "populations": [_plain(population) for population in network.populations],
        "projections": [_plain(projection) for projection in network.projections],
        "drives": [_plain(drive) for drive in network.drives],
    }
    text = json.dumps(facts, sort_keys=True)
    return {**facts, "digest": hashlib.sha256(text.encode()).hexdigest()}


def _plain(value: Any) -> Any:
    """Return a description as plain JSON, exact to the last bit."""
    if is_dataclass(value) and not isinstance(value, type):
        public = (item.name for item in fields(value) if not item.name.startswith("_"))
        return {"kind": type(value).__name__, **{name: _plain(getattr(value, name)) for name in public}}
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value).hex()
    if value is None or isinstance(value, str | bool | int):
        return value
    return getattr(value, "__qualname__", type(value).__name__)
