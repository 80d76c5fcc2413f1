"""What about a simulation decides which program is compiled: the terms that are present, never their amounts."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..burst_cells import TwoCompartmentCell
from ..burst_protocols import CurrentGrid, CurrentPulses
from ..cells import Cell, EscapeRateCell, PointCell
from ..population import Population
from ..protocols import BOTH, CURRENTS, Experiment, ProbeSpikes, SteadyDrive, TimeVaryingInput
from ..quadratic_cell import QuadraticCell
from ..synapses import Synapse
from .errors import EngineError
from .timing import Timing

Precision = Literal["float64", "float32"]
CellForm = Literal["leaky", "exponential", "escape step", "escape graded", "two compartments", "quadratic", "silent"]
ExperimentForm = Literal["steady", "probe", "clamped probe", "time-varying", "circuit"]

GQ = "gq"  # channel that plays the occupancy of Gq-coupled receptors

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
    site: str = "soma"
    cascade: bool = False
    calcium_block: bool = False


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
    moving_threshold: bool = False
    gq: bool = False
    t_current: bool = False
    dendrite: bool = False
    h_current: bool = False
    dendritic_noise: bool = False
    driven_dendrite: bool = False
    graded_noise: bool = False
    both_currents: bool = False
    pulses: bool = False
    bursts: bool = False
    inhibitors: tuple[int | None, ...] = field(
        default=(), metadata={"doc": "for each afferent the one that acts on its terminals; empty if none does"}
    )
    inputs: tuple[str, ...] = field(default=(), metadata={"doc": "gates that spikes of a circuit's cells open"})
    held: tuple[str, ...] = field(default=(), metadata={"doc": "gates that sums of presynaptic gates hold open"})
    senders: int = field(default=0, metadata={"doc": "saturating gates that each cell keeps for its targets"})
    driven: tuple[int, ...] = field(default=(), metadata={"doc": "afferents whose rate a circuit's stimuli move"})
    driven_soma: bool = False

    @property
    def digest(self) -> str:
        """Hash of the structure."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Structure":
        """Rebuild a structure from ``dataclasses.asdict`` that went through JSON."""
        forms = tuple(SynapseForm(**form) for form in values["synapses"])
        lists = {name: tuple(values[name]) for name in ("poisson_terms", "inhibitors", "inputs", "held", "driven")}
        return cls(**{**values, "synapses": forms, **lists})


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
    """Return the number of the driven afferent, or None for the current and for receptors."""
    if isinstance(experiment, ProbeSpikes | CurrentGrid | CurrentPulses) or experiment.channel in CURRENTS:
        return None
    if experiment.channel == GQ:
        _check_gq(population, experiment)
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
    dendrite = population.cell.dendrite if isinstance(population.cell, TwoCompartmentCell) else None
    _check_experiment(population, experiment)
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
        t_current=cell is not None and cell.t_type is not None and form != "clamped probe",
        dendrite=dendrite is not None and form != "clamped probe",
        h_current=dendrite is not None and dendrite.h_current is not None and form != "clamped probe",
        dendritic_noise=dendrite is not None and dendrite.noise is not None and form != "clamped probe",
        driven_dendrite=dendrite is not None and _drives_dendrite(experiment),
        graded_noise=isinstance(experiment, CurrentGrid),
        both_currents=isinstance(experiment, TimeVaryingInput) and experiment.channel == BOTH,
        pulses=isinstance(experiment, CurrentPulses),
        bursts=spiking and burst_window(experiment) is not None,
        moving_threshold=cell is not None and cell.moving_threshold is not None and spiking,
        gq=isinstance(experiment, TimeVaryingInput) and experiment.channel == GQ,
        inhibitors=_inhibitors(population) if form != "clamped probe" else (),
    )


def _inhibitors(population: Population) -> tuple[int | None, ...]:
    numbers = {afferent.name: number for number, afferent in enumerate(population.afferents)}
    found = tuple(None if a.presynaptic is None else numbers[a.presynaptic.source] for a in population.afferents)
    return found if any(number is not None for number in found) else ()


def _check_gq(population: Population, experiment: SteadyDrive | TimeVaryingInput) -> None:
    if isinstance(experiment, SteadyDrive):
        raise EngineError(
            f"SteadyDrive.channel: {GQ!r} is played over time; give the cell a constant gq.occupancy instead."
        )
    if not isinstance(population.cell, PointCell) or population.cell.gq is None:
        raise EngineError(f"TimeVaryingInput.channel: the cells of {population.name} have no gq cascade; give one.")


def burst_window(experiment: Experiment) -> float | None:
    """Return the window (s) within which a spike belongs to the one before it; None if bursts are not counted."""
    return None if isinstance(experiment, ProbeSpikes) else experiment.burst_window


def _drives_dendrite(experiment: Experiment) -> bool:
    if isinstance(experiment, ProbeSpikes | CurrentPulses):
        return isinstance(experiment, CurrentPulses)
    if isinstance(experiment, CurrentGrid):
        return True
    return experiment.channel in ("dendrite", BOTH)


def _check_experiment(population: Population, experiment: Experiment) -> None:
    """Refuse to drive a dendrite that is not there, and to look for bursts of cells without memory."""
    if isinstance(experiment, SteadyDrive) and experiment.channel == BOTH:
        raise EngineError(f"SteadyDrive.channel: {BOTH!r} is played over time; hold currents with a CurrentGrid.")
    if not isinstance(population.cell, TwoCompartmentCell) and _currents_into_dendrite(experiment):
        raise EngineError(
            f"{type(experiment).__name__}: a current into the dendrite, but the cells of {population.name} have none; "
            "drive the soma."
        )
    if isinstance(population.cell, EscapeRateCell) and burst_window(experiment) is not None:
        raise EngineError(
            f"{type(experiment).__name__}.burst_window: the cells of {population.name} are memoryless, a step may hold "
            "several spikes; count bursts of cells that are reset."
        )


def _currents_into_dendrite(experiment: Experiment) -> bool:
    if isinstance(experiment, CurrentGrid):
        return any(experiment.dendritic)
    if isinstance(experiment, CurrentPulses):
        return any(condition.epsc for condition in experiment.conditions)
    return _drives_dendrite(experiment)


def _spike_terms(cell: Cell, timing: Timing) -> int:
    if not isinstance(cell, EscapeRateCell):
        return 0
    return poisson_terms(cell.q_max * timing.dt, f"q_max of {cell.q_max:g} Hz")


def _cell_form(cell: Cell) -> CellForm:
    if isinstance(cell, EscapeRateCell):
        return "escape graded" if cell.kappa > 0 else "escape step"
    if isinstance(cell, TwoCompartmentCell):
        return "two compartments"
    if isinstance(cell, QuadraticCell):
        return "quadratic"
    return "exponential" if cell.slope_factor > 0 else "leaky"


def _experiment_form(experiment: Experiment) -> ExperimentForm:
    if isinstance(experiment, SteadyDrive | CurrentGrid | CurrentPulses):
        return "steady"
    if isinstance(experiment, TimeVaryingInput):
        return "time-varying"
    return "probe" if experiment.clamp is None else "clamped probe"


def probed_receptors(population: Population, experiment: ProbeSpikes) -> tuple[str, ...]:
    """Return the receptors that the probe spike opens."""
    carried = tuple(synapse.label for synapse in population.afferent(experiment.afferent).synapses)
    wanted = carried if experiment.receptors is None else experiment.receptors
    strangers = [receptor for receptor in wanted if receptor not in carried]
    _check_response(population, experiment, wanted)
    if strangers:
        raise EngineError(
            f"ProbeSpikes.receptors: {experiment.afferent!r} carries no {', '.join(strangers)}; "
            f"choose among {', '.join(carried)}."
        )
    return tuple(wanted)


def _check_response(population: Population, experiment: ProbeSpikes, wanted: tuple[str, ...]) -> None:
    """Refuse a spike whose response does not stand for itself."""
    opened = [s for s in population.afferent(experiment.afferent).synapses if s.label in wanted]
    if any(s.cascade is not None for s in opened):
        raise EngineError(
            "ProbeSpikes.receptors: a cascade answers to bursts, one spike has no response that adds up; leave gaba_b "
            "out, or play a stimulus."
        )
    if any(s.calcium_block is not None for s in opened):
        raise EngineError(
            "ProbeSpikes.receptors: receptors that block the dendrite's Ca2+ current multiply what it does, one spike "
            "has no response that adds up; leave gaba_b_dendrite out, or play a stimulus."
        )
    if any(a.presynaptic is not None and a.presynaptic.source == experiment.afferent for a in population.afferents):
        raise EngineError(
            f"ProbeSpikes.afferent: a spike of {experiment.afferent!r} also takes from the releases that follow it; "
            "play a stimulus instead, or probe another afferent."
        )


def _synapse_forms(population: Population, experiment: Experiment) -> tuple[SynapseForm, ...]:
    probed = probed_receptors(population, experiment) if isinstance(experiment, ProbeSpikes) else ()
    return tuple(
        _synapse_form(synapse, number, synapse.label in probed)
        for number, afferent in enumerate(population.afferents)
        for synapse in afferent.synapses
    )


def _synapse_form(synapse: Synapse, afferent: int, probed: bool) -> SynapseForm:
    blocked = synapse.magnesium > 0 and not synapse.current_based
    cascade = synapse.cascade is not None
    rises = synapse.rise > 0 and not cascade
    return SynapseForm(
        synapse.label,
        afferent,
        rises,
        synapse.current_based,
        blocked,
        probed,
        site=synapse.site,
        cascade=cascade,
        calcium_block=synapse.calcium_block is not None,
    )
