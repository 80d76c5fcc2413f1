"""Our Wilson-Cowan model in neurolib's, which has refractory shares of 1 and sigmoids that do not start at 0.

A pool rests at E = k L/(1 + r L), L the logistic of its input. For any r this is a logistic again, of height k/(1 + r),
shifted by ln(1 + r): so neurolib's pool with another threshold and scale has the same steady curve.
What differs is how fast the pool relaxes away from rest, and the value of the sigmoid at no input.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meanfield import WilsonCowan
from ..calibration.calibrated_model import Misfit

_FREQUENCIES = np.linspace(1.0, 50.0, 100)


@dataclass(frozen=True)
class _Pool:
    """One pool in neurolib's equation tau y' = -y + (1 - y) L(a (x - mu)) + drive, with y = E / scale."""

    tau: float
    a: float
    mu: float
    drive: float
    scale: float
    y: float
    height: float
    slope: float
    our_relaxation: float
    our_gain: float

    @property
    def relaxation(self) -> float:
        """Rate at which a deviation dies out without coupling, 1/s."""
        return (1 + self.height) / self.tau

    @property
    def gain(self) -> float:
        """Rate of change of E per unit of its input, 1/s."""
        return self.scale * (1 - self.y) * self.slope / self.tau


def _pool(a: float, theta: float, tau: float, k: float, r: float, activity: float, x: float) -> _Pool:
    """Return neurolib's pool with our steady curve, and our resting state and relaxation at input ``x``."""
    silent = 1 / (1 + math.exp(a * theta))
    ours = 1 / (1 + math.exp(a * (theta - x)))
    scale = 2 * k / (1 + r)
    mu = theta + math.log(2 / (1 + r)) / a
    height = 1 / (1 + math.exp(a * (mu - x)))
    y = activity / scale
    return _Pool(
        tau=tau * (1 + height) / (1 + r * (ours - silent)),
        a=a,
        mu=mu,
        drive=y - (1 - y) * height,
        scale=scale,
        y=y,
        height=height,
        slope=a * height * (1 - height),
        our_relaxation=(1 + r * (ours - silent)) / tau,
        our_gain=(k - r * activity) * a * ours * (1 - ours) / tau,
    )


def wilson_cowan_in_neurolib(model: WilsonCowan) -> tuple[dict[str, float], dict[str, float], tuple[Misfit, ...]]:
    """Return parameters (SI but for their names), resting state and misfits of a model in neurolib's equations."""
    points = model.fixed_points(number=1)
    point = next((one for one in points if one.stability.stable), points[0])
    e, i = (float(one) for one in point.state)
    x_e = model.c_ee * e - model.c_ei * i + model.P
    x_i = model.c_ie * e - model.c_ii * i + model.Q
    first = _pool(model.a_e, model.theta_e, model.tau_e, model.k_e, model.r_e, e, x_e)
    second = _pool(model.a_i, model.theta_i, model.tau_i, model.k_i, model.r_i, i, x_i)
    parameters = {
        "tau_exc": first.tau,
        "tau_inh": second.tau,
        "c_excexc": model.c_ee * first.scale,
        "c_excinh": model.c_ie * first.scale,
        "c_inhexc": model.c_ei * second.scale,
        "c_inhinh": model.c_ii * second.scale,
        "a_exc": first.a,
        "a_inh": second.a,
        "mu_exc": first.mu,
        "mu_inh": second.mu,
        "exc_ext": model.P,
        "inh_ext": model.Q,
        "exc_ou_mean": first.drive,
        "inh_ou_mean": second.drive,
    }
    rest = {"exc_init": first.y, "inh_init": second.y}
    return parameters, rest, (_misfit(model, first, second, point.stability.stable),)


def _misfit(model: WilsonCowan, first: _Pool, second: _Pool, stable: bool) -> Misfit:
    synapses = np.array([[model.c_ee, -model.c_ei], [model.c_ie, -model.c_ii]])

    def transfer(relaxations: list[float], gains: list[float]) -> NDArray[np.complexfloating]:
        matrix = -np.diag(relaxations) + np.array(gains)[:, None] * synapses
        s = 2j * np.pi * _FREQUENCIES[:, None, None]
        return np.linalg.solve(s * np.eye(2) - matrix, np.array([[[gains[0]], [0.0]]]) + 0 * s)[:, 0, 0]

    ours = transfer([first.our_relaxation, second.our_relaxation], [first.our_gain, second.our_gain])
    theirs = transfer([first.relaxation, second.relaxation], [first.gain, second.gain])
    error = float(np.sqrt(np.mean(np.log10(np.abs(theirs / ours) ** 2) ** 2)))
    shares = f"refractory shares {model.r_e:g} and {model.r_i:g}"
    return Misfit(
        name="equation of a pool",
        sentence="neurolib's pools have refractory shares of 1 and sigmoids that are not 0 at no input, ours have "
        f"{shares} and sigmoids that are: resting state and relaxation there are exact, activity is scaled (SCALES), "
        "and further away the time constants differ.",
        gain_error=first.gain / first.our_gain - 1 if first.our_gain else None,
        spectrum_error=error if stable else None,
    )
