"""How strong a synapse is, in the three ways of papers: a conductance, a current, or a jump of the potential."""

from collections.abc import Mapping
from typing import Any

from ...units import to_si
from ..synapses import Synapse

STRENGTHS = ("weights", "currents", "jumps")
INSTANT = 1e-6  # s; the gate of a synapse whose whole charge arrives within a step


def synapse_of_strength(name: str, kind: Mapping[str, Any], key: str, strength: Any, cell: Any) -> Synapse:
    """Return a synapse of a kind with a strength, on a cell.

    Parameters
    ----------
    name : str
        Name of the kind; its receptor unless ``kind`` names one.
    kind : mapping
        The fields of `Synapse` but for the weight.
    key : str
        ``"weights"``: peak conductance (S). ``"currents"``: peak current (A) of a current-based synapse, its size.
        ``"jumps"``: size of the instantaneous change of the potential (V).
    strength : quantity
    cell : Cell
        The cell that carries the synapse.

    Raises
    ------
    ValueError
        If the kind cannot be a synapse, or has no driving force for a current.
    """
    table = {"receptor": name, **kind}
    if key == "weights":
        return Synapse(**{**table, "weight": to_si(strength, "S", f"{key}.{name}")})
    if key == "jumps":
        table["decay"] = INSTANT
    compartment = cell.dendrite if table.get("site", "soma") == "dendrite" else cell
    force = abs(float(to_si(table.get("reversal", 0.0), "V", f"synapses.{name}.reversal")) - compartment.leak_reversal)
    if force == 0:
        raise ValueError(f"{name} reverses at the leak reversal and drives no current; give it another reversal.")
    if key == "currents":
        size = to_si(strength, "A", f"{key}.{name}")
    else:
        size = to_si(strength, "V", f"{key}.{name}") * compartment.capacitance / INSTANT
    if size < 0:
        raise ValueError(f"{key} of {name}: {strength} is negative; give its size, the reversal decides the sign.")
    return Synapse(**{**table, "weight": size / force, "current_based": True})


def jump_synapse(receptor: Any, jump: Any, cell: Any, reversal: Any) -> Synapse:
    """Return a synapse that moves the potential of a cell by ``jump`` (V) at once, toward ``reversal`` (V)."""
    return synapse_of_strength(receptor, {"reversal": reversal}, "jumps", jump, cell)
