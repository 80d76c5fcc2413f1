"""Response times of the exponential cell to its mean input and to its noise (L4)."""

import numpy as np

from ...meanfield import eif_response_times
from .case import CaseRow, published


def response_times() -> tuple[CaseRow, ...]:
    """Time constants of the exponential filters nearest to the rate response, at the points of L3."""
    cell, case = published()["L3"], published()["L4"]
    tau_m = cell["tau_m_s"]
    ours = eif_response_times(
        cell["leak_reversal_v"] + tau_m * np.array(cell["mu_v_per_s"]),
        np.array(cell["sigma_v_per_sqrt_s"]) * np.sqrt(tau_m),
        tau_m=tau_m,
        tau_ref=cell["tau_ref_s"],
        v_threshold=cell["threshold_v"],
        v_reset=cell["reset_v"],
        slope_factor=cell["slope_factor_v"],
        v_cutoff=cell["cutoff_v"],
        highest_frequency=case["highest_frequency_hz"],
    )
    rows = []
    for name, found in (("tau_mu", ours.tau_mu), ("tau_sigma", ours.tau_sigma)):
        quoted = zip(cell["mu_v_per_s"], found, case[f"{name}_s"], case[f"{name}_tolerance_s"], strict=True)
        rows += [
            CaseRow(
                quantity=f"{name} at mu {drift:g} V/s", ours=float(tau), published=value, tolerance=tolerance, unit="s"
            )
            for drift, tau, value, tolerance in quoted
        ]
    return tuple(rows)
