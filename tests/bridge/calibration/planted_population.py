"""Populations whose sigmoid and kernel are known, with errors as an experiment would leave them."""

from typing import Any

import numpy as np

from mesobridge.bridge.calibration import EstimatedPopulation
from mesobridge.meanfield import AlphaKernel, ExGaussianSigmoid, LogisticSigmoid

SIGMOID = LogisticSigmoid(50.0, -40e-3, 3e-3)
KERNEL = AlphaKernel(5e-6, 100.0)

# Errors of q_max, theta and sigma go together, as they do where the data end below the maximum.
_CORRELATION = np.array([[1.0, 0.8, 0.6], [0.8, 1.0, 0.5], [0.6, 0.5, 1.0]])
_ERRORS = np.array([0.6, 0.12e-3, 0.08e-3])
SIGMOID_COVARIANCE = _CORRELATION * np.outer(_ERRORS, _ERRORS)
KERNEL_COVARIANCE = np.array([[1.0, -0.4], [-0.4, 1.0]]) * np.outer([4e-8, 1.5], [4e-8, 1.5])


def planted(sigmoid: Any = SIGMOID, kernel: Any = KERNEL, **changes: Any) -> EstimatedPopulation:
    """Return a population that the logistic and the alpha kernel describe, or another one."""
    facts: dict[str, Any] = {
        "condition": "base",
        "sigmoid": sigmoid,
        "kernel": kernel,
        "channel": "excitatory",
        "operating_v": -47e-3,
        "operating_rate": float(sigmoid(-47e-3)),
        "operating_input": 1000.0,
        "conductance": 20e-9,
        "v_range": (-60e-3, -25e-3),
    }
    if isinstance(sigmoid, LogisticSigmoid):
        facts |= {"sigmoid_names": ("q_max", "theta", "sigma"), "sigmoid_covariance": SIGMOID_COVARIANCE}
    if isinstance(kernel, AlphaKernel):
        facts |= {"kernel_names": ("area", "rate"), "kernel_covariance": KERNEL_COVARIANCE}
    return EstimatedPopulation(**(facts | changes))


def modulated(**changes: Any) -> EstimatedPopulation:
    """Return a population under a lever: a larger, faster kernel and a shifted sigmoid."""
    return planted(
        LogisticSigmoid(52.0, -41e-3, 3.2e-3),
        AlphaKernel(7e-6, 110.0),
        **{"condition": "ampa_density[review] ×1.4", "mechanism": "ampa_density", "operating_v": -46e-3} | changes,
    )


SKEWED = ExGaussianSigmoid(50.0, -45e-3, 3e-3, 5e-3)
