"""The sigmoid families as a fit sees them: smooth, well-conditioned working coordinates with derivatives.

Working coordinates are (ln q_max, location, ln scale[, shape]). For the exponentially modified Gaussian, location and
scale are mean and sd of Q' and the shape is half its moment skewness, (kappa/sd)^3 with sign: unlike (theta, sigma,
kappa), whose Fisher information is singular at kappa = 0, these are regular for every shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, expit, ndtr

from ...meanfield.sigmoids import (
    ExGaussianSigmoid,
    GaussianSigmoid,
    LogisticSigmoid,
    RefractorySigmoid,
    RichardsSigmoid,
)

Array = NDArray[np.floating]
Evaluation = tuple[Array, Array, Array]
"""Rate (n,), slope dQ/dV (n,), derivatives with respect to the working coordinates (n, p)."""
Curve = Callable[[Array, Array], tuple[Array, Array]]
"""Rate (n,) and slope (n,) at potentials (n,)."""
Standard = Callable[[Array, float], tuple[Array, Array]]
"""Distribution function and density of the standardised potential at a shape."""
Sigmoid = LogisticSigmoid | GaussianSigmoid | ExGaussianSigmoid | RichardsSigmoid | RefractorySigmoid

SHAPE_STEP = 1e-4


@dataclass(frozen=True)
class Family:
    """A sigmoid family: rate and slope (``curve``), with derivatives (``evaluate``), and its modeller's parameters."""

    name: str
    curve: Curve
    evaluate: Callable[[Array, Array], Evaluation]
    build: Callable[[Array], Sigmoid]
    parameters: Callable[[Array], dict[str, float]]
    units: dict[str, str]
    shape_bounds: tuple[float, float] | None = None
    shape_starts: tuple[float, ...] = ()
    scale_of_sd: float = 1.0
    fixed_q_max: float | None = None

    @property
    def size(self) -> int:
        """Number of working coordinates."""
        return 3 if self.shape_bounds is None else 4


# Families travel between processes with their fits, hence module-level functions with bound arguments, not closures.
def _curve(standard: Standard, has_shape: bool, psi: Array, v: Array) -> tuple[Array, Array]:
    """Return rate and slope of q F((v - location)/scale; shape)."""
    q, scale = np.exp(psi[0]), np.exp(psi[2])
    cumulative, density = standard((v - psi[1]) / scale, psi[3] if has_shape else 0.0)
    return q * cumulative, q * density / scale


def _evaluation(standard: Standard, has_shape: bool, psi: Array, v: Array) -> Evaluation:
    """Return rate, slope and derivatives of q F((v - location)/scale; shape); d/dshape is a central difference."""
    q, scale = np.exp(psi[0]), np.exp(psi[2])
    z = (v - psi[1]) / scale
    shape = psi[3] if has_shape else 0.0
    cumulative, density = standard(z, shape)
    slope = q * density / scale
    columns = [q * cumulative, -slope, -q * density * z]
    if has_shape:
        above, below = standard(z, shape + SHAPE_STEP)[0], standard(z, shape - SHAPE_STEP)[0]
        columns.append(q * (above - below) / (2 * SHAPE_STEP))
    return q * cumulative, slope, np.stack(columns, -1)


def _logistic(z: Array, shape: float) -> tuple[Array, Array]:
    del shape
    p = expit(z)
    return p, p * expit(-z)


def _gaussian(z: Array, shape: float) -> tuple[Array, Array]:
    del shape
    return ndtr(z), np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


def _ex_gaussian(z: Array, shape: float) -> tuple[Array, Array]:
    """Exponentially modified Gaussian of mean 0 and sd 1; ``shape`` is (kappa/sd)^3, negative for the mirror image."""
    if shape < 0:
        cumulative, density = _ex_gaussian(-z, -shape)
        return 1 - cumulative, density
    kappa = max(float(np.cbrt(shape)), 1e-6)
    s = np.sqrt(1 - kappa * kappa)
    u = z + kappa
    argument = (s / kappa - u / s) / np.sqrt(2)
    stable = 0.5 * np.exp(-0.5 * (u / s) ** 2) * erfcx(np.maximum(argument, -20.0))
    exponent = np.minimum(0.5 * (s / kappa) ** 2 - u / kappa, 0.0)
    tail = np.where(argument > -20.0, stable, np.exp(exponent) * ndtr(u / s - s / kappa))
    return ndtr(u / s) - tail, tail / kappa


def _richards(z: Array, shape: float) -> tuple[Array, Array]:
    """Richards function (1 + nu e^-z)^(-1/nu) with ``shape`` = ln nu; nu = 1 is the logistic, nu -> 0 Gompertz."""
    nu = np.exp(shape)
    grown = nu * np.exp(np.minimum(-z, 600.0))
    cumulative = np.exp(-np.log1p(grown) / nu)
    return cumulative, cumulative * grown / (nu * (1 + grown))


def _ex_gaussian_parameters(psi: Array) -> dict[str, float]:
    width, ratio = np.exp(psi[2]), np.cbrt(psi[3])
    kappa = width * ratio
    return {
        "q_max": float(np.exp(psi[0])),
        "theta": float(psi[1] - kappa),
        "sigma": float(width * np.sqrt(1 - ratio**2)),
        "kappa": float(kappa),
    }


def _plain_parameters(psi: Array) -> dict[str, float]:
    return {"q_max": float(np.exp(psi[0])), "theta": float(psi[1]), "sigma": float(np.exp(psi[2]))}


def _richards_parameters(psi: Array) -> dict[str, float]:
    return _plain_parameters(psi) | {"nu": float(np.exp(psi[3]))}


def _build_logistic(psi: Array) -> LogisticSigmoid:
    return LogisticSigmoid(**_plain_parameters(psi))


def _build_gaussian(psi: Array) -> GaussianSigmoid:
    return GaussianSigmoid(**_plain_parameters(psi))


def _build_ex_gaussian(psi: Array) -> ExGaussianSigmoid:
    return ExGaussianSigmoid(**_ex_gaussian_parameters(psi))


def _build_richards(psi: Array) -> RichardsSigmoid:
    return RichardsSigmoid(**_richards_parameters(psi))


_UNITS = {"q_max": "Hz", "theta": "V", "sigma": "V"}

LOGISTIC = Family(
    name="logistic",
    curve=partial(_curve, _logistic, False),
    evaluate=partial(_evaluation, _logistic, False),
    units=_UNITS,
    parameters=_plain_parameters,
    build=_build_logistic,
    scale_of_sd=np.sqrt(3) / np.pi,
)
GAUSSIAN = Family(
    name="gaussian",
    curve=partial(_curve, _gaussian, False),
    evaluate=partial(_evaluation, _gaussian, False),
    units=_UNITS,
    parameters=_plain_parameters,
    build=_build_gaussian,
)
EX_GAUSSIAN = Family(
    name="exgaussian",
    curve=partial(_curve, _ex_gaussian, True),
    evaluate=partial(_evaluation, _ex_gaussian, True),
    units=_UNITS | {"kappa": "V"},
    parameters=_ex_gaussian_parameters,
    build=_build_ex_gaussian,
    shape_bounds=(-0.99, 0.99),
    shape_starts=(-0.2, 0.2, 0.7),
)
RICHARDS = Family(
    name="richards",
    curve=partial(_curve, _richards, True),
    evaluate=partial(_evaluation, _richards, True),
    units=_UNITS | {"nu": "1"},
    parameters=_richards_parameters,
    build=_build_richards,
    shape_bounds=(-5.0, 3.5),
    shape_starts=(-1.5, 1.5),
    scale_of_sd=np.sqrt(3) / np.pi,
)
FAMILIES = {family.name: family for family in (EX_GAUSSIAN, RICHARDS, GAUSSIAN, LOGISTIC)}


def _build_refractory(constants: tuple[float, float, float], psi: Array) -> RefractorySigmoid:
    tau_ref, tau_m, reset_distance = constants
    return RefractorySigmoid(
        theta=float(psi[1]), sigma=float(np.exp(psi[2])), tau_m=tau_m, tau_ref=tau_ref, reset_distance=reset_distance
    )


def _refractory_curve(constants: tuple[float, float, float], psi: Array, v: Array) -> tuple[Array, Array]:
    sigmoid = _build_refractory(constants, psi)
    return sigmoid(v), sigmoid.gain(v)


def _refractory_evaluation(constants: tuple[float, float, float], psi: Array, v: Array) -> Evaluation:
    rate, slope = _refractory_curve(constants, psi, v)
    h = 1e-4
    step = np.array([0.0, 0.0, h])
    wider, narrower = (_build_refractory(constants, psi + sign * step) for sign in (1, -1))
    return rate, slope, np.stack([rate, -slope, (wider(v) - narrower(v)) / (2 * h)], -1)


def refractory_family(refractory_period: float, membrane_time_constant: float, reset_distance: float) -> Family:
    """Return the family of noiseless LIF cells with these constants (s, s, V): only theta and sigma are fitted."""
    constants = (refractory_period, membrane_time_constant, reset_distance)
    return Family(
        name="refractory",
        curve=partial(_refractory_curve, constants),
        evaluate=partial(_refractory_evaluation, constants),
        build=partial(_build_refractory, constants),
        parameters=_plain_parameters,
        units=_UNITS,
        fixed_q_max=1.0 / refractory_period,
    )
