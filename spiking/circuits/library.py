"""Ready-made circuits: each is a file beside this one that names its sources."""

import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from .circuit import Circuit
from .mistakes import unknown_name
from .read_circuit import read_circuit
from .strength import jump_synapse

_FOLDER = Path(__file__).parent
_NAMES = (
    "ei_sparse", "brunel_2000", "brunel_wang_2001", "montbrio_2015", "interneurons", "column", "potjans_diesmann_2014",
)  # fmt: skip
_THRESHOLD_RATE = 10.0  # Hz; threshold / (C_E J tau) of brunel_2000

# Rates (Hz) of the full microcircuit, at which a smaller one keeps its mean input: those of NEST's version of
# potjans2014 with Poisson background (INM-6, microcircuit-PD14-model).
MICROCIRCUIT_RATES = {
    "L23E": 0.90, "L23I": 2.97, "L4E": 4.41, "L4I": 5.88, "L5E": 7.57, "L5I": 8.63, "L6E": 1.10, "L6I": 7.83,
}  # fmt: skip


def circuit_file(name: str) -> Path:
    """Return the file of a ready-made circuit.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if name not in _NAMES:
        raise ValueError(f"circuits: {unknown_name('circuit', name, _NAMES)}")
    return _FOLDER / f"{name}.toml"


def circuit_facts(name: str) -> dict[str, Any]:
    """Return title and sources (bib keys) of a ready-made circuit."""
    table = tomllib.loads(circuit_file(name).read_text(encoding="utf-8"))
    return {"title": table["title"], "sources": tuple(table["sources"])}


def library_circuit(name: str) -> Circuit:
    """Return a ready-made circuit."""
    return read_circuit(circuit_file(name))


CIRCUITS: dict[str, Callable[[], Circuit]] = {name: partial(library_circuit, name) for name in _NAMES}


def brunel_points() -> dict[str, dict[str, Any]]:
    """Return the four points of Fig. 8 of brunel2000: title, g, external rate over nu_thr."""
    return tomllib.loads((_FOLDER / "brunel_2000_points.toml").read_text(encoding="utf-8"))


def brunel_network(g: float, external: float) -> Circuit:
    """Return network A of brunel2000 with inhibition ``g`` times as strong, driven at ``external`` x nu_thr."""
    circuit = library_circuit("brunel_2000")
    cell = circuit.populations[0].population.cell
    inhibition = jump_synapse("gaba_a", g * 1e-4, cell, "-100 mV")
    for target in circuit.names:
        afferent = circuit.population(target).population.with_afferent(
            "external", rate=1000 * _THRESHOLD_RATE * external
        )
        circuit = circuit.with_population(target, afferents=afferent.afferents)
        circuit = circuit.with_projection(f"I to {target}", synapses=(inhibition,))
    return circuit


def microcircuit(scale: float = 0.1) -> Circuit:
    """Return the circuit of potjans2014 with ``scale`` times its cells and connections (`Circuit.scaled`)."""
    circuit = library_circuit("potjans_diesmann_2014")
    return circuit if scale == 1 else circuit.scaled(scale, MICROCIRCUIT_RATES)
