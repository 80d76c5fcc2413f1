"""neurolib's aln model for the user's own cell: the lookup table, the cell's parameters and a file that runs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...meanfield import ExponentialCell
from ...units import to_si
from ..calibration.calibrated_model import Calibration, Misfit
from .aln_table import aln_parameters, aln_table, write_aln_table
from .export import NotExpressible, stem
from .facts import costs_text
from .python_text import commented, docstring, table_text

_RUNNING = '''

def model(duration=1000.0, **settings):
    """Return neurolib's aln model with this cell; drive, coupling and noise stay neurolib's unless set."""
    made = ALNModel(lookupTableFileName=str(TABLE), seed=0)
    made.params.update(CELL)
    made.params["duration"] = duration
    made.params.update(settings)
    return made


if __name__ == "__main__":
    run = model()
    run.run()
    print("rates after 1 s, Hz:", run.rates_exc[:, -1], run.rates_inh[:, -1])
'''


@dataclass(frozen=True)
class AlnCell:
    """An exponential cell with what neurolib needs beside the table: where it rests, and how large it is.

    Parameters
    ----------
    cell : ExponentialCell
        The cell of the table.
    leak_reversal : float
        Potential without input, V.
    capacitance : float
        F.
    adaptation : dict
        neurolib's parameters of the adaptation current.
    misfits : tuple of Misfit
        What of the cell the table does not hold.
    """

    cell: ExponentialCell
    leak_reversal: float
    capacitance: float
    adaptation: dict[str, float]
    misfits: tuple[Misfit, ...]


def aln_cell(population: Mapping[str, Any]) -> AlnCell:
    """Return the cell of a population, as neurolib can have it.

    Parameters
    ----------
    population : mapping
        The ``cell`` of a calibration: plain data as in a study file.

    Raises
    ------
    NotExpressible
        If it is not a point cell.
    """
    data = population.get("population", population)
    data = data.get("cell", data)
    if data.get("kind", "point") != "point" or "capacitance" not in data:
        raise NotExpressible(
            f"neurolib-aln: the population is made of {data.get('kind', 'unknown')!r} cells, but its table holds "
            "exponential integrate-and-fire cells of one compartment; export json or tvb."
        )
    numbers = {name: _number(data, name, unit) for name, unit in _UNITS.items()}
    conductance = sum(numbers[name] for name in ("leak_conductance", "potassium_conductance", "cation_conductance"))
    pulled = sum(
        numbers[f"{name}_conductance"] * numbers[f"{name}_reversal"] for name in ("leak", "potassium", "cation")
    )
    cell = ExponentialCell(
        tau_m=numbers["capacitance"] / conductance,
        tau_ref=numbers["refractory_period"],
        v_threshold=numbers["threshold"],
        v_reset=numbers["reset"],
        slope_factor=numbers["slope_factor"],
        v_cutoff=numbers["cutoff"] or numbers["threshold"],
    )
    adaptation, misfits = _adaptation(data, cell)
    return AlnCell(cell, pulled / conductance, numbers["capacitance"], adaptation, (*misfits, *_missing(data)))


_UNITS = {
    "capacitance": "F", "leak_conductance": "S", "leak_reversal": "V", "threshold": "V", "reset": "V",
    "refractory_period": "s", "slope_factor": "V", "cutoff": "V", "threshold_spread": "V",
    "potassium_conductance": "S", "potassium_reversal": "V", "cation_conductance": "S", "cation_reversal": "V",
}  # fmt: skip
_SLOW = ("gq", "moving_threshold", "t_type", "muscarinic")


def _number(data: Mapping[str, Any], name: str, unit: str) -> float:
    value = data.get(name)
    if isinstance(value, Mapping):
        value = value.get("value")
    return 0.0 if value is None else float(to_si(value, unit, f"cell.{name}"))


def _adaptation(data: Mapping[str, Any], cell: ExponentialCell) -> tuple[dict[str, float], tuple[Misfit, ...]]:
    """Return the after-hyperpolarisation as a current per spike, for the potential halfway up to threshold."""
    after = data.get("after_hyperpolarization")
    if not isinstance(after, Mapping):
        return {"a": 0.0, "b": 0.0}, ()
    increment = _number(after, "increment", "S")
    v = (cell.v_reset + cell.v_threshold) / 2
    current = increment * (v - _number(after, "reversal", "V"))
    sentence = (
        f"a conductance of {increment * 1e9:.3g} nS per spike became a current of {current * 1e12:.3g} pA, its value "
        f"at {v * 1e3:.3g} mV; what it shunts is lost."
    )
    parameters = {"a": 0.0, "b": current * 1e12, "tauA": _number(after, "decay", "s") * 1e3}
    return parameters, (Misfit(name="after-hyperpolarisation", sentence=sentence),)


def _missing(data: Mapping[str, Any]) -> tuple[Misfit, ...]:
    found = [name for name in _SLOW if isinstance(data.get(name), Mapping)]
    losses = [Misfit(name=name, sentence="the aln model has no such current.") for name in found]
    if isinstance(data.get("rectifier"), Mapping):
        losses.append(Misfit(name="relative refractoriness", sentence="the table's cell forgets its last spike."))
    if _number(data, "threshold_spread", "V"):
        losses.append(Misfit(name="spread of thresholds", sentence="all cells of the table are alike."))
    if _number(data, "slope_factor", "V") == 0:
        losses.append(
            Misfit(name="upstroke", sentence="a cell without slope factor is a leaky one; it spikes at threshold.")
        )
    return tuple(losses)


def write_neurolib_aln(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write the table, and a Python file that runs neurolib's aln model with it; it takes about half a minute.

    Raises
    ------
    NotExpressible
        If the population is not made of point cells.
    """
    own = aln_cell(calibration.cell)
    name = stem(calibration, "neurolib_aln")
    table = write_aln_table(aln_table(own.cell, own.leak_reversal), folder / f"{name}_table.h5")
    parameters = {**aln_parameters(own.cell, own.leak_reversal, own.capacitance), **own.adaptation}
    units = "neurolib's: ms, mV, kHz, pF, nS, pA, mV/ms for mean inputs."
    notes = (
        "The table holds the untouched cell of this population with the conductances that are open at rest; drive, "
        "synapses and coupling stay neurolib's.",
        *(f"Not expressed: {misfit.name}: {misfit.sentence}{costs_text(misfit)}" for misfit in own.misfits),
    )
    text = "\n".join(
        [
            docstring(calibration, units, notes),
            "from pathlib import Path\n\nfrom neurolib.models.aln import ALNModel\n",
            f"TABLE = Path(__file__).with_name({table.name!r})",
            commented(["neurolib does not compare these with the table: change both or neither."]).rstrip(),
            table_text("CELL", parameters),
        ]
    )
    path = folder / f"{name}.py"
    path.write_text(text + _RUNNING, encoding="utf-8")
    return path, table
