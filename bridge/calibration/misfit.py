"""What a mass model cannot express, and what this costs: computed between the estimate and the calibrated model."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from ...meanfield import CappedSigmoid, Kernel, LogisticSigmoid, TabulatedSigmoid, cutoff_frequency, quantile_skew
from .calibrated_model import Misfit
from .estimated_population import EstimatedPopulation

Array = NDArray[np.floating]

_POINTS = 401
_FREQUENCIES = 200
# Below these costs a sentence would report rounding.
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Reduced:
    """What a model makes of one population, in the terms of the estimate.

    Parameters
    ----------
    rate, gain : callable
        Rate (Hz) and slope (Hz/V) at a mean free potential (V).
    kernel : Kernel
        Response of that potential to one presynaptic spike, V.
    q_max : float
        Largest rate, Hz; infinite without a bound.
    shape, stages : str
        What the sigmoid and the kernel are, in words.
    """

    rate: Callable[[ArrayLike], Array]
    gain: Callable[[ArrayLike], Array]
    kernel: Kernel
    q_max: float
    shape: str
    stages: str


def logistic_reduced(sigmoid: LogisticSigmoid, kernel: Kernel, stages: str) -> Reduced:
    """Return a model of a logistic sigmoid in absolute potentials."""
    return Reduced(rate=sigmoid, gain=sigmoid.gain, kernel=kernel, q_max=sigmoid.q_max, shape="logistic", stages=stages)


def rms_rate_error(population: EstimatedPopulation, rate: Callable[[ArrayLike], Array]) -> float:
    """Return the rms difference of rates (Hz), uniform in the potential over the operating range."""
    low, high = operating_range(population)
    v = np.linspace(low, high, _POINTS)
    return math.sqrt(float(trapezoid((rate(v) - population.sigmoid(v)) ** 2, v)) / (high - low))


def operating_range(population: EstimatedPopulation) -> tuple[float, float]:
    """Return the potentials (V) between which rates are compared: those of the data, up to where q_max is read."""
    low, high = population.v_range
    match population.sigmoid:
        case CappedSigmoid():
            high = min(high, population.sigmoid.v_cap)
        case TabulatedSigmoid():
            share = population.sigmoid.q_max / float(population.sigmoid.rate[-1])
            whole = TabulatedSigmoid(population.sigmoid.v, population.sigmoid.rate)
            high = min(high, float(whole.quantile(share)) if share < 1 - 1e-12 else float(whole.v[-1]))
    return low, high


def gain_error(population: EstimatedPopulation, gain: Callable[[ArrayLike], Array]) -> float:
    """Return the relative error of the slope at the operating point, 1."""
    at = population.operating_v
    return float(gain(at) / population.sigmoid.gain(at)) - 1


def spectrum_error(kernel: Kernel, other: Kernel) -> float:
    """Return the rms of log10(|H_other|^2/|H|^2) over frequencies up to the -3 dB frequency of ``kernel``, 1."""
    frequency = np.linspace(0.0, cutoff_frequency(kernel), _FREQUENCIES + 1)[1:]
    ratio = np.abs(other.transfer(frequency) / kernel.transfer(frequency))
    return float(np.sqrt(np.mean((2 * np.log10(ratio)) ** 2)))


def misfits_of(population: EstimatedPopulation, reduced: Reduced) -> tuple[Misfit, ...]:
    """Return what the model loses of this population: shape of the sigmoid, its maximum, kernel, speed of the rate."""
    found = [_shape(population, reduced), _kernel(population, reduced)]
    found += [*_maximum(population, reduced), *static_misfits(population)]
    return tuple(found)


def _shape(population: EstimatedPopulation, reduced: Reduced) -> Misfit:
    error, gain = rms_rate_error(population, reduced.rate), gain_error(population, reduced.gain)
    v10, v50, v90 = (float(v) for v in population.sigmoid.quantile([0.1, 0.5, 0.9]))
    skew = quantile_skew(v10, v50, v90)
    low, high = operating_range(population)
    sentence = (
        f"The model's curve is {reduced.shape}, the estimated sigmoid has a skew of {skew:+.2f}: the rate errs by "
        f"{error:.2g} Hz (rms from {low * 1e3:.1f} to {high * 1e3:.1f} mV), the slope at the operating point by "
        f"{100 * gain:+.1f} %."
    )
    if error <= _NEGLIGIBLE * population.sigmoid.q_max:
        sentence = f"The estimated sigmoid is {reduced.shape}, as in the model."
    return Misfit(name="shape of the sigmoid", sentence=sentence, rate_error=error, gain_error=gain)


def _kernel(population: EstimatedPopulation, reduced: Reduced) -> Misfit:
    error, cutoff = spectrum_error(population.kernel, reduced.kernel), cutoff_frequency(population.kernel)
    if error <= _NEGLIGIBLE:
        sentence = f"The estimated kernel is {reduced.stages}, as in the model."
    else:
        sentence = (
            f"The model's kernel is {reduced.stages}: its power |H|² misses that of the estimate by a factor of "
            f"{10**error:.3g} (rms below {cutoff:.2g} Hz, where the estimate has fallen by 3 dB)."
        )
    return Misfit(name="kernel", sentence=sentence, spectrum_error=error)


def _maximum(population: EstimatedPopulation, reduced: Reduced) -> tuple[Misfit, ...]:
    """Say what the model makes of a maximal rate that is read at a potential instead of approached."""
    if not isinstance(population.sigmoid, CappedSigmoid | TabulatedSigmoid):
        return ()
    _, cap = operating_range(population)
    there = float(reduced.rate(cap)) - float(population.sigmoid.q_max)
    sentence = (
        f"The estimate's maximal rate, {population.sigmoid.q_max:.3g} Hz, is what it reaches at {cap * 1e3:.1f} mV; "
        f"the model there is {there:+.2g} Hz from it"
    )
    sentence += "." if math.isfinite(reduced.q_max) else " and has no maximum."
    return (Misfit(name="definition of the maximal rate", sentence=sentence, rate_error=abs(there)),)


def resting_misfits(rates: Sequence[tuple[float, str, bool]], wanted: float) -> tuple[Misfit, ...]:
    """Say so if the network does not rest at the operating point.

    Parameters
    ----------
    rates : sequence of (rate, kind, stable)
        Rate (Hz) of every steady state, what it is in words, and whether it is stable.
    wanted : float
        Rate at the operating point, Hz.
    """
    here = [(kind, stable) for rate, kind, stable in rates if math.isclose(rate, wanted, rel_tol=1e-5)]
    if any(stable for _, stable in here):
        return ()
    resting = [f"{rate:.3g}" for rate, _, stable in rates if stable]
    rests = f"it rests at {' or '.join(resting)} Hz" if resting else "it has no stable state"
    what = (
        f"is a steady state of the network, but unstable ({here[0][0]})"
        if here
        else "is no steady state of the network"
    )
    sentence = (
        f"The operating point ({wanted:.3g} Hz) {what}: {rests}. Connections are not determined by cells; choose them "
        "for the circuit at hand."
    )
    return (Misfit(name="operating point", sentence=sentence),)


def static_misfits(population: EstimatedPopulation) -> tuple[Misfit, ...]:
    """Say what a static sigmoid loses where the kernel of the rate was measured."""
    if population.rate_ratio is None:
        return ()
    frequency, ratio = np.asarray(population.rate_ratio, dtype=float)
    cutoff = cutoff_frequency(population.kernel)
    below = frequency <= cutoff
    if not np.any(below):
        return ()
    error = float(np.sqrt(np.mean((2 * np.log10(ratio[below])) ** 2)))
    sentence = (
        "The rate follows the potential at once in the model; cells adapt and have refractory periods: the measured "
        f"power of the rate differs by a factor of {10**error:.2g} (rms below {cutoff:.2g} Hz)."
    )
    return (Misfit(name="speed of the rate", sentence=sentence, spectrum_error=error),)
