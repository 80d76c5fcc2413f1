"""What about a simulation decides which program is compiled: the terms that are present, never their amounts."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..cells import EscapeRateCell, PointCell
from ..population import Population
from ..protocols import Experiment, ProbeSpikes, SteadyDrive, TimeVaryingInput
from ..synapses import Synapse
from .errors import EngineError
from .timing import Timing

Precision = Literal["float64", "float32"]
CellForm = Literal["leaky", "exponential", "escape step", "escape graded", "silent"]
ExperimentForm = Literal["steady", "probe", "clamped probe", "time-varying"]

# A count is found by comparing one uniform number with this many cumulative probabilities. Each number of terms serves
# the means at which larger counts have a probability below 2^-33, half the resolution of the uniform number.
POISSON_TERMS = {8: 0.32, 16: 1.95, 32: 8.4}


@dataclass(frozen=True)
class SynapseForm:
    """The terms that one synapse brings."""

    receptor: str
    afferent: int
    rises: bool
    current_based: bool
    blocked: bool
    probed: bool


@dataclass(frozen=True)
class Structure:
    """Everything that changes the text of the model; two simulations with the same structure share one program."""

    cell: CellForm
    muscarinic: bool
    rectifier: bool
    after_hyperpolarization: bool
    noise: bool
    synapses: tuple[SynapseForm, ...]
    poisson_terms: tuple[int, ...]
    spike_terms: int
    experiment: ExperimentForm
    channel: int | None = field(
        metadata={"doc": "driven afferent; None: the current, or nothing in a probe experiment"}
    )
    sample_steps: int
    precision: Precision

    @property
    def digest(self) -> str:
        """Hash of the structure."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Structure":
        """Rebuild a structure from ``dataclasses.asdict`` that went through JSON."""
        forms = tuple(SynapseForm(**form) for form in values["synapses"])
        return cls(**{**values, "synapses": forms, "poisson_terms": tuple(values["poisson_terms"])})


def poisson_terms(mean: float, what: str) -> int:
    """Return how many terms draw a Poisson count of this mean without losing its tail."""
    for terms, largest in POISSON_TERMS.items():
        if mean <= largest:
            return terms
    bound = max(POISSON_TERMS.values())
    raise EngineError(
        f"{what}: {mean:.3g} events in one time step, above {bound:g}; take a smaller dt or a lower rate."
    )


def channel_index(population: Population, experiment: Experiment) -> int | None:
    """Return the number of the driven afferent, or None for the current."""
    if isinstance(experiment, ProbeSpikes) or experiment.channel == "current":
        return None
    return population.afferents.index(population.afferent(experiment.channel))


def structure_of(
    population: Population,
    experiment: Experiment,
    timing: Timing,
    largest_rates: tuple[float, ...],
    precision: Precision,
) -> Structure:
    """Return the structure of this experiment on this population; ``largest_rates`` (Hz) are those of the afferents."""
    terms = tuple(
        poisson_terms(rate * timing.dt, f"afferent {afferent.name!r} at {rate:g} Hz")
        for afferent, rate in zip(population.afferents, largest_rates, strict=True)
    )
    form = _experiment_form(experiment)
    cell = population.cell if isinstance(population.cell, PointCell) else None
    spiking = not isinstance(experiment, ProbeSpikes)
    return Structure(
        cell=_cell_form(population.cell) if spiking else "silent",
        muscarinic=cell is not None and cell.muscarinic is not None and form != "clamped probe",
        rectifier=cell is not None and cell.rectifier is not None and spiking,
        after_hyperpolarization=cell is not None and cell.after_hyperpolarization is not None and spiking,
        noise=population.noise is not None and form != "clamped probe",
        synapses=_synapse_forms(population, experiment),
        poisson_terms=terms,
        spike_terms=_spike_terms(population.cell, timing) if spiking else 0,
        experiment=form,
        channel=channel_index(population, experiment),
        sample_steps=timing.sample_steps,
        precision=precision if spiking else "float64",
    )


def _spike_terms(cell: PointCell | EscapeRateCell, timing: Timing) -> int:
    return 0 if isinstance(cell, PointCell) else poisson_terms(cell.q_max * timing.dt, f"q_max of {cell.q_max:g} Hz")


def _cell_form(cell: PointCell | EscapeRateCell) -> CellForm:
    if isinstance(cell, EscapeRateCell):
        return "escape graded" if cell.kappa > 0 else "escape step"
    return "exponential" if cell.slope_factor > 0 else "leaky"


def _experiment_form(experiment: Experiment) -> ExperimentForm:
    if isinstance(experiment, SteadyDrive):
        return "steady"
    if isinstance(experiment, TimeVaryingInput):
        return "time-varying"
    return "probe" if experiment.clamp is None else "clamped probe"


def probed_receptors(population: Population, experiment: ProbeSpikes) -> tuple[str, ...]:
    """Return the receptors that the probe spike opens."""
    carried = tuple(synapse.receptor for synapse in population.afferent(experiment.afferent).synapses)
    wanted = carried if experiment.receptors is None else experiment.receptors
    strangers = [receptor for receptor in wanted if receptor not in carried]
    if strangers:
        raise EngineError(
            f"ProbeSpikes.receptors: {experiment.afferent!r} carries no {', '.join(strangers)}; "
            f"choose among {', '.join(carried)}."
        )
    return tuple(wanted)


def _synapse_forms(population: Population, experiment: Experiment) -> tuple[SynapseForm, ...]:
    probed = probed_receptors(population, experiment) if isinstance(experiment, ProbeSpikes) else ()
    return tuple(
        _synapse_form(synapse, number, synapse.receptor in probed)
        for number, afferent in enumerate(population.afferents)
        for synapse in afferent.synapses
    )


def _synapse_form(synapse: Synapse, afferent: int, probed: bool) -> SynapseForm:
    blocked = synapse.magnesium > 0 and not synapse.current_based
    return SynapseForm(synapse.receptor, afferent, synapse.rise > 0, synapse.current_based, blocked, probed)
