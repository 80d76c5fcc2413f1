"""The response of the free potential to one presynaptic spike: the linearised membrane and its second order."""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid
from scipy.signal import lfilter

from ...meanfield.kernels import CascadeKernel, ExponentialKernel, MixtureKernel, TabulatedKernel
from ...meanfield.kernels.features import cutoff_frequency, waveform_features
from ...spiking import Population, Synapse, settled
from .operating_point import OperatingPoint, operating_point
from .refused import PredictionRefused
from .synaptic_drive import Array, driving, driving_curvature, driving_slope, over_potentials

Kernel = MixtureKernel | TabulatedKernel

_STEP = 5e-5  # s, of the second-order correction
_SPAN = 12.0  # slowest time constants


@dataclass(frozen=True)
class KernelPrediction:
    """Predicted kernel of an afferent at its operating point.

    ``linear`` is the response to an infinitesimal spike, ``kernel`` the response to a spike of ``size`` synaptic
    weights divided by ``size``; ``features`` describe ``kernel``, without ``sd`` where an undershoot leaves it
    undefined. ``super_additivity`` is PSP(2 size)/(2 PSP(size)) by ``"peak"`` and ``"area"``. ``second_order`` (V) is
    the correction at ``time`` (s) per size squared.
    """

    afferent: str
    size: float
    kernel: Kernel
    linear: Kernel
    features: dict[str, float]
    super_additivity: dict[str, float]
    time: Array
    second_order: Array
    operating_point: OperatingPoint


def predict_kernel(
    population: Population,
    afferent: str = "excitatory",
    *,
    size: float = 1.0,
    receptors: tuple[str, ...] | None = None,
    current: float = 0.0,
) -> KernelPrediction:
    """Predict the change of the free potential after one extra presynaptic spike, with the background as described.

    Source: richardson2004 for the membrane with an effective time constant; the second order is the next term of the
    Volterra series: the conductance that the spike adds, and the curvature of the membrane current.

    Assumptions: small response. In a simulation with step dt, presynaptic spikes act at the start of a step and
    potentials are read at its end, so that a measured mean lag may differ by an amount of order dt.

    Parameters
    ----------
    population : Population
        Description of the cells, their afferents and their noise.
    afferent : str
        Which afferent carries the spike.
    size : float
        Multiple of the synaptic weights; 0 for the linear limit.
    receptors : tuple of str, optional
        Synapses that the spike reaches; all of the afferent unless given.
    current : float
        Current that holds the population at an operating point, A.

    Raises
    ------
    PredictionRefused
        If the operating point does not exist, or one spike has no response that adds up.
    """
    _probed(population, afferent, receptors)
    point = operating_point(population, current=current)
    probed = _probed(point.drive.population, afferent, receptors)
    linear = _linear_kernel(point, probed)
    time, second = _second_order(point, probed)
    kernel: Kernel = linear if size == 0 or not np.any(second) else _at_size(linear, time, second, size)
    return KernelPrediction(
        afferent,
        size,
        kernel,
        linear,
        response_features(kernel),
        _super_additivity(linear, time, second, size),
        time,
        second,
        point,
    )


def clamped_kernel(
    population: Population, v: float, afferent: str = "excitatory", *, receptors: tuple[str, ...] | None = None
) -> MixtureKernel:
    """Return the synaptic current (A, inward positive) after one presynaptic spike with the cell held at ``v`` (V).

    Its area is the charge (C) of one spike.
    """
    parts = []
    quiet = settled(population)
    _probed(population, afferent, receptors)
    for synapse in _probed(quiet, afferent, receptors):
        force = float(driving(synapse, v, population.cell.leak_reversal))
        stages = (synapse.decay,) if synapse.rise == 0 else (synapse.decay, synapse.rise)
        parts.append(CascadeKernel(synapse.weight * synapse.gate_area * force, stages))
    return MixtureKernel((1.0,) * len(parts), tuple(parts))


def response_features(kernel: Kernel) -> dict[str, float]:
    """Return the kernel features, without ``sd`` if the response changes sign so strongly that its lags have no spread.

    An M current makes a postsynaptic potential undershoot; its second central moment can then be negative.
    """
    found = {"area": kernel.area, "mean_lag": kernel.mean_lag}
    if kernel.variance >= 0:
        found["sd"] = float(np.sqrt(kernel.variance))
    grid = kernel.time if isinstance(kernel, TabulatedKernel) else None
    return {**found, **waveform_features(kernel, grid), "cutoff_frequency": cutoff_frequency(kernel)}


def _probed(population: Population, afferent: str, receptors: tuple[str, ...] | None) -> tuple[Synapse, ...]:
    synapses = population.afferent(afferent).synapses
    unknown = sorted(set(receptors or ()) - {s.receptor for s in synapses})
    if unknown:
        known = ", ".join(s.receptor for s in synapses)
        raise ValueError(f"receptors: the afferent {afferent!r} has no {unknown[0]} synapse; it has: {known}.")
    found = tuple(s for s in synapses if receptors is None or s.receptor in receptors)
    _check_linear(population, afferent, found)
    return found


def _check_linear(population: Population, afferent: str, probed: tuple[Synapse, ...]) -> None:
    """Refuse a kernel where the answer to one spike is not the unit of the answer to many."""
    if any(synapse.cascade is not None for synapse in probed):
        raise PredictionRefused(
            f"{population.name}: the GABA_B cascade answers to bursts with a fourth power, so {afferent!r} has no "
            "kernel; take GABA_B without the cascade, or leave the receptor out."
        )
    if any(a.presynaptic is not None and a.presynaptic.source == afferent for a in population.afferents):
        raise PredictionRefused(
            f"{population.name}: a spike of {afferent!r} also takes from the releases that follow it, so its response "
            "is no kernel; ask for another afferent, or for the steady reading of presynaptic inhibition."
        )


def _linear_kernel(point: OperatingPoint, probed: tuple[Synapse, ...]) -> Kernel:
    """Return the linear response in the simplest exact form: cascades, or modes of the M-current membrane."""
    if "muscarinic" in point.membrane.columns:
        return _modal_kernel(point, probed)
    potentials, weights = over_potentials(point.v, point.sigma_v)
    parts = []
    for synapse in probed:
        force = float(driving(synapse, potentials, point.drive.population.cell.leak_reversal) @ weights)
        stages = (synapse.decay, point.tau_eff) if synapse.rise == 0 else (synapse.decay, synapse.rise, point.tau_eff)
        parts.append(CascadeKernel(synapse.weight * synapse.gate_area * force / point.slope_conductance, stages))
    return MixtureKernel((1.0,) * len(parts), tuple(parts))


def _jump(point: OperatingPoint, probed: tuple[Synapse, ...]) -> Array:
    jump = np.zeros(point.membrane.dynamics.shape[0])
    for synapse in probed:
        column = point.membrane.columns[synapse.receptor]
        jump[column : column + (1 if synapse.rise == 0 else 2)] = 1.0
    return jump


def _modal_kernel(point: OperatingPoint, probed: tuple[Synapse, ...]) -> Kernel:
    values, amplitudes = point.membrane.modes(_jump(point, probed))
    present = np.abs(amplitudes) > 1e-12 * np.abs(amplitudes).max()
    values, amplitudes = values[present], amplitudes[present]
    if np.all(values.imag == 0):
        parts = tuple(
            ExponentialKernel(float(-(a / r).real), float(-1 / r.real)) for a, r in zip(amplitudes, values, strict=True)
        )
        return MixtureKernel((1.0,) * len(parts), parts)
    slowest, fastest = 1 / np.abs(values.real).min(), 1 / np.abs(values).max()
    time = np.concatenate([[0.0], np.geomspace(fastest / 100, _SPAN * slowest, 1500)])
    return TabulatedKernel(time, point.membrane.response(time, _jump(point, probed)))


def _second_order(point: OperatingPoint, probed: tuple[Synapse, ...]) -> tuple[Array, Array]:
    """Return times (s) and the response (V) per size squared: what the spike's own conductance and the curvature add.

    The source is -sum_s g_s(t) slope_s h(t) + F''(V)/2 h(t)^2, with h the linear response, g_s the conductance that
    the spike opens and F the mean membrane current; it drives the same membrane.
    """
    drive = point.drive
    slowest = 1 / np.abs(np.linalg.eigvals(point.membrane.dynamics).real).min()
    time = np.arange(0.0, min(_SPAN * slowest, 3.0), _STEP, dtype=np.float64)
    response = point.membrane.response(time, _jump(point, probed))
    potentials, weights = over_potentials(point.v, point.sigma_v)
    source = 0.5 * _curvature(point) * response**2
    for synapse in probed:
        slope = float(driving_slope(synapse, potentials) @ weights)
        gate = np.exp(-time / synapse.decay) - (np.exp(-time / synapse.rise) if synapse.rise > 0 else 0.0)
        source -= synapse.weight * synapse.peak_factor * gate * slope * response
    kick = np.zeros(point.membrane.dynamics.shape[0])
    kick[0] = 1.0 / drive.population.cell.capacitance
    values, amplitudes = point.membrane.modes(kick)
    return time, sum(
        (_convolved(source, v, a) for v, a in zip(values, amplitudes, strict=True) if a != 0), np.zeros(time.size)
    )


def _convolved(source: Array, rate: complex, amplitude: complex) -> Array:
    """Convolve ``source`` with amplitude exp(rate t), exactly for a source that is linear within each step."""
    z = rate * _STEP
    decay = np.exp(z)
    newest, oldest = (decay - 1 - z) / z**2, (decay * (z - 1) + 1) / z**2
    result = np.asarray(lfilter([newest, oldest], [1.0, -decay], source.astype(complex)))
    return np.real(_STEP * amplitude * result)


def _curvature(point: OperatingPoint) -> float:
    """Return the second derivative (A/V2) of the mean membrane current by the potential, the M gate held."""
    potentials, weights = over_potentials(point.v, point.sigma_v)
    return -sum(
        point.drive.mean_conductance(s) * float(driving_curvature(s, potentials) @ weights)
        for s in point.drive.population.synapses
    )


def _at_size(linear: Kernel, time: Array, second: Array, size: float) -> TabulatedKernel:
    chosen = np.unique(np.concatenate([[0], np.geomspace(1, time.size - 1, 900).astype(int)]))
    at = time[chosen]
    return TabulatedKernel(at, linear(at) + size * second[chosen])


def _super_additivity(linear: Kernel, time: Array, second: Array, size: float) -> dict[str, float]:
    size = size if size > 0 else 1.0
    single, double = linear(time) + size * second, linear(time) + 2 * size * second
    sign = np.sign(linear.area)
    return {
        "peak": float((sign * double).max() / (sign * single).max()),
        "area": float(trapezoid(double, time) / trapezoid(single, time)),
    }
