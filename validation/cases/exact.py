"""The cases that need no simulation of a network: closed forms, quadrature, and one exact event-driven sum."""

import numpy as np

from ...meanfield import eif_rate, lif_rate
from .case import CaseRow, published


def schuecker_white() -> tuple[CaseRow, ...]:
    """Leaky cell, delta synapses (L1)."""
    return _schuecker("L1", None)


def schuecker_filtered() -> tuple[CaseRow, ...]:
    """Leaky cell, exponential synapses by the threshold shift (L2)."""
    return _schuecker("L2", published()["L2"]["tau_syn_s"])


def _schuecker(identifier: str, tau_syn: float | None) -> tuple[CaseRow, ...]:
    cell, case = published()["L1"], published()[identifier]
    ours = lif_rate(
        np.array(cell["mu_v"]),
        np.array(cell["sigma_v"]),
        tau_m=cell["tau_m_s"],
        tau_ref=cell["tau_ref_s"],
        v_threshold=cell["threshold_v"],
        v_reset=cell["reset_v"],
        tau_syn=tau_syn,
    )
    return tuple(
        CaseRow(
            quantity=f"rate at mu {mu * 1e3:g} mV, sigma {sigma * 1e3:g} mV",
            ours=float(our),
            published=rate,
            tolerance=case["tolerance_hz"],
            unit="Hz",
        )
        for mu, sigma, our, rate in zip(cell["mu_v"], cell["sigma_v"], ours, case["rate_hz"], strict=True)
    )


def augustin_eif() -> tuple[CaseRow, ...]:
    """Exponential cell by threshold integration (L3)."""
    case = published()["L3"]
    tau_m, rest = case["tau_m_s"], case["leak_reversal_v"]
    rows = []
    for drift, noise, rate in zip(case["mu_v_per_s"], case["sigma_v_per_sqrt_s"], case["rate_hz"], strict=True):
        ours = eif_rate(
            rest + tau_m * drift,
            noise * np.sqrt(tau_m),
            tau_m=tau_m,
            tau_ref=case["tau_ref_s"],
            v_threshold=case["threshold_v"],
            v_reset=case["reset_v"],
            slope_factor=case["slope_factor_v"],
            v_cutoff=case["cutoff_v"],
        )
        rows.append(
            CaseRow(
                quantity=f"rate at mu {drift:g} V/s",
                ours=float(ours),
                published=rate,
                tolerance=rate * case["tolerance_relative"],
                unit="Hz",
            )
        )
    return tuple(rows)


def shot_noise_rate(cells: int = 4000, seconds: float = 100.0, seed: int = 8) -> tuple[float, float]:
    """Return the rate (Hz) of a leaky cell driven by Poisson jumps, event by event without a time step, and its SE."""
    case = published()["L8"]
    rng = np.random.default_rng(seed)
    events = int(case["input_rate_hz"] * seconds)
    v, spikes = np.zeros(cells), np.zeros(cells)
    for _ in range(events):
        v = v * np.exp(-rng.exponential(1 / case["input_rate_hz"], cells) / case["tau_m_s"]) + case["jump_v"]
        fired = v >= case["threshold_v"]
        spikes += fired
        v[fired] = case["reset_v"]
    rates = spikes / (events / case["input_rate_hz"])
    return float(rates.mean()), float(rates.std(ddof=1) / np.sqrt(cells))


def shot_noise() -> tuple[CaseRow, ...]:
    """Leaky cell with large jumps (L8): the event-driven sum beside the published Monte Carlo, with both errors."""
    case = published()["L8"]
    ours, error = shot_noise_rate()
    tolerance = 3 * float(np.hypot(error, case["standard_error_hz"]))
    return (CaseRow(quantity="rate", ours=ours, published=case["rate_hz"], tolerance=tolerance, unit="Hz"),)
