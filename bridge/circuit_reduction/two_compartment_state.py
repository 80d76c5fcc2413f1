"""A population of two-compartment cells at stated rates of its circuit, measured alone.

Its coordinate is the free potential of the soma: that of the shadow pair, which has the current through the Ca2+ gate
of the free dendrite and no spikes. The sigmoid is the spike rate against it under steady somatic current; bursts are
counted as the spikes they are. What reaches the soma has the response of that potential as its kernel. What reaches the
tuft acts on the rate mostly through bursts, which need a spike that runs back and are no part of a free potential: its
kernel has the time course of the free potential and the area that gives the measured change of the rate, divided by
the slope of the sigmoid.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ...meanfield import CascadeKernel, ExponentialKernel, Kernel, MixtureKernel
from ...spiking import Afferent, Population, ProbeSpikes, Synapse, settled
from ...spiking.circuits import Circuit
from ...spiking.engine import Job
from ..estimate import EstimateRefused
from ..kernel_fit import KernelEstimate, fit_kernel
from ..prediction.synaptic_drive import driving, over_potentials
from ..rate_table import rate_table
from ..sigmoid_fit import SigmoidEstimate, fit_sigmoid
from .measured_state import Counted, MeasuredState, Response, Survey, counted, spectrum_of
from .operating_state import Sources, added_by_a_spike, input_spread
from .recurrent_input import heard_inputs, widened, with_inputs

_SHARE = 0.1  # of an afferent's rate, by which it moves to find what it does
_AS_IF = 100.0  # Hz, of a slower afferent for that
_WIDTH = 4e-3  # V, of the potential before it was ever measured
_MISFIT = 0.02
_WATCH = 0.25  # s, for which the response to a spike is followed
_LINEAR = 0.25  # of an area: the probe is one spike, the steady change a tenth of all
_ERRORS = 4.0


@dataclass(frozen=True)
class _Steady:
    """The recordings of one round: steady currents, and each afferent with less and with more spikes."""

    currents: xr.Dataset
    moved: dict[str, tuple[Counted, Counted]]


def two_compartment_state(
    circuit: Circuit,
    name: str,
    rates: Mapping[str, float],
    sources: Sources,
    survey: Survey,
    *,
    previous: MeasuredState | None = None,
    probes: bool = False,
) -> MeasuredState:
    """Return a population of two-compartment cells at these rates (Hz), measured alone.

    Parameters
    ----------
    circuit, name : Circuit, str
        The circuit and the population of it.
    rates : mapping of str to float
        Of every population, Hz.
    sources : Sources
        What is known of the spikes that it hears.
    survey : Survey
        How to measure.
    previous : MeasuredState, optional
        The state of the round before: it says how wide the levels are to be, and how much the cells differ.
    probes : bool
        Whether the time courses of the kernels are measured too; else they are those of a passive membrane.

    Raises
    ------
    EstimateRefused
        If the recordings cannot carry a sigmoid or a kernel, or a kernel's area is not the change of the potential.
    """
    inputs = heard_inputs(circuit, name, rates, sources.irregularity)
    alone = with_inputs(circuit, name, inputs)
    population = widened(alone, 0.0 if previous is None else previous.spread)
    conductance = _conductance(alone) if previous is None else previous.slope_conductance
    width = _WIDTH if previous is None else float(np.hypot(previous.sigma_v, population.cell.threshold_spread))
    steady = _recorded(population, survey, conductance * width)
    table, here = rate_table(steady.currents), counted(steady.currents)
    sigmoid = fit_sigmoid(table, q_max="at_cap", intervals="none", tolerance=_MISFIT)
    slope = float(sigmoid.sigmoid.gain(here.v))
    conductance = _slope_conductance(table, here)
    responses = {a: _response(population, a, ends, slope) for a, ends in steady.moved.items()}
    found = _probed(population, survey, responses) if probes else {}
    tau = population.cell.capacitance / conductance
    kernels_alone = {a.name: _alone(a, responses, found, tau) for a in population.afferents if a.name in responses}
    dendrite = float(steady.currents["v_free_dendrite_mean"].mean())
    kernels = _kernels(circuit, name, rates, population, kernels_alone, {"soma": here.v, "dendrite": dendrite})
    return MeasuredState(
        name=name, population=population, rates={key: float(value) for key, value in rates.items()}, heard=inputs,
        sources=sources, spread=input_spread(circuit, name, rates, kernels, sources), kernels=kernels, rate=here.rate,
        rate_error=here.error, slope=slope, rate_cv=here.rate_cv, v=here.v, sigma_v=here.sigma_v,
        curve=sigmoid.sigmoid, family=sigmoid.family, spectrum=spectrum_of(population, here.rate, here.fano),
        current=ExponentialKernel(1 / conductance, tau), slope_conductance=conductance, alone=kernels_alone,
        table=table, responses=responses, probes=found, notes=_notes(population, sigmoid, responses),
        recorded_v=True,
    )  # fmt: skip


def _recorded(population: Population, survey: Survey, reach: float) -> _Steady:
    """Return the steady recordings; ``reach`` (A) moves the potential by one standard deviation."""
    levels = np.linspace(-survey.reach, survey.reach, survey.levels) * reach
    heard = [a.name for a in population.afferents if a.rate > 0]
    moved = [population.with_afferent(each, rate=rate) for each in heard for rate in _ends(population.afferent(each))]
    # The same seed: the noise is the same, and the difference is what the afferent does.
    jobs = [Job(population, survey.steady([*levels[levels != 0], *[0.0] * survey.slots]), survey.seed)]
    jobs += [Job(other, survey.at_rest(), survey.seed) for other in moved]
    currents, *others = survey.record(jobs)
    ends = [counted(recording) for recording in others]
    return _Steady(currents, dict(zip(heard, zip(ends[::2], ends[1::2], strict=True), strict=True)))


def _ends(afferent: Afferent) -> tuple[float, float]:
    """Return a lower and a higher rate (Hz) between which the cells show what an afferent does."""
    step = _SHARE * max(afferent.rate, _AS_IF)
    return max(afferent.rate - step, 0.0), afferent.rate + step


def _conductance(population: Population) -> float:
    """Return the conductance of the soma with what its synapses open on the average, S."""
    opened = sum(a.rate * s.weight * s.gate_area for a in population.afferents for s in a.synapses if s.site == "soma")
    return float(population.cell.resting_conductance + opened)


def _slope_conductance(table: xr.Dataset, here: Counted) -> float:
    near = np.abs(table["v_free"].values - here.v) < 2 * here.sigma_v
    return float(np.polyfit(table["v_free"].values[near], table["drive"].values[near], 1)[0])


def _response(population: Population, afferent: str, ends: tuple[Counted, Counted], slope: float) -> Response:
    low, high = ends
    less, more = _ends(population.afferent(afferent))
    moved = more - less
    return Response(
        by_potential=(high.v - low.v) / moved,
        potential_error=float(np.hypot(high.v_error, low.v_error)) / moved,
        by_rate=(high.rate - low.rate) / moved / slope,
        rate_error=float(np.hypot(high.error, low.error)) / moved / slope,
    )


def _probed(population: Population, survey: Survey, responses: Mapping[str, Response]) -> dict[str, KernelEstimate]:
    names = list(responses)
    probe = {each: ProbeSpikes(afferent=each, sizes=(1.0,), duration=_WATCH, dt=survey.dt) for each in names}
    jobs = [Job(population, probe[each], survey.seed + 1 + k) for k, each in enumerate(names)]
    found = {each: fit_kernel(recording) for each, recording in zip(names, survey.record(jobs), strict=True)}
    for each, kernel in found.items():
        refuse_another_area(f"{population.name}, {each}", kernel, responses[each])
    return found


def refuse_another_area(what: str, kernel: KernelEstimate, response: Response) -> None:
    """Refuse a kernel whose area is not the change of the mean potential by the rate of its afferent.

    Raises
    ------
    EstimateRefused
        If both differ by more than a quarter and four standard errors.
    """
    area = kernel.features["area"]
    error = float(np.hypot(area.standard_error, response.potential_error))
    bound = _LINEAR * abs(response.by_potential) + _ERRORS * error
    if abs(area.value - response.by_potential) > bound:
        raise EstimateRefused(
            f"{what}: the kernel has an area of {area.value:.3g} V s, but a steady spike rate moves the potential by "
            f"{response.by_potential:.3g} V s (bound {bound:.2g}); probe with more cells, or for longer.",
            kernel,
        )


def _alone(
    afferent: Afferent, responses: Mapping[str, Response], probes: Mapping[str, KernelEstimate], tau: float
) -> Kernel:
    """Return the kernel of a merged afferent: somatic ones by the potential, dendritic ones by the rate."""
    response = responses[afferent.name]
    on_tuft = all(synapse.site == "dendrite" for synapse in afferent.synapses)
    if afferent.name not in probes:
        area = response.by_rate if on_tuft else response.by_potential
        return CascadeKernel(area, (afferent.synapses[0].decay, tau))
    kernel = probes[afferent.name].kernel
    return MixtureKernel((response.by_rate / kernel.area,), (kernel,)) if on_tuft else kernel


def _kernels(
    circuit: Circuit,
    name: str,
    rates: Mapping[str, float],
    population: Population,
    alone: Mapping[str, Kernel],
    v: Mapping[str, float],
) -> dict[str, Kernel]:
    """Return the kernels of projections and background: those of the merged afferents, by charge."""
    own = settled(circuit.population(name).population)
    asked = {p.name: added_by_a_spike(p, float(rates[p.source])) for p in circuit.incoming(name)}
    asked |= {f"background {a.name}": a.synapses for a in own.afferents}

    def charge(synapses: tuple[Synapse, ...]) -> float:
        potentials = {site: over_potentials(value, _WIDTH) for site, value in v.items()}
        return sum(
            s.weight
            * s.gate_area
            * float(driving(s, potentials[s.site][0], own.cell.leak_reversal) @ potentials[s.site][1])
            for s in synapses
        )

    found: dict[str, Kernel] = {}
    for key, synapses in asked.items():
        labels = {s.label for s in synapses}
        carrier = next(a for a in population.afferents if labels <= {s.label for s in a.synapses})
        if carrier.name not in alone:  # a background that is silent at rest; a note says so
            found[key] = CascadeKernel(0.0, (synapses[0].decay,))
            continue
        found[key] = MixtureKernel((charge(synapses) / charge(carrier.synapses),), (alone[carrier.name],))
    return found


def _notes(population: Population, sigmoid: SigmoidEstimate, responses: Mapping[str, Response]) -> tuple[str, ...]:
    """Return what the sigmoid warns of, and how much of each dendritic afferent goes another way than the potential."""
    said = list(sigmoid.warnings)
    silent = [s.label for a in population.afferents if a.name not in responses for s in a.synapses]
    if silent:
        said.append(f"Nothing reaches {', '.join(silent)} at rest: what a spike there does was not measured.")
    for each, response in responses.items():
        labels = [s.label for s in population.afferent(each).synapses if s.site == "dendrite"]
        if labels:
            share = response.by_potential / response.by_rate
            said.append(
                f"{' and '.join(labels)}: the free potential of the soma explains {100 * share:.0f} % of what its "
                "spikes do to the rate; the rest are bursts."
            )
    return tuple(said)
