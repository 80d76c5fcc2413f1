"""Rates under conductance input, and populations of finite size."""

import numpy as np

from ...meanfield import EscapeRatePopulation, MesoscopicNetwork, TransferTemplate
from .case import CaseRow, published


def divolo_template() -> tuple[CaseRow, ...]:
    """Moments and rates of two cells of an asynchronous network (L16)."""
    case = published()["L16"]
    templates = [TransferTemplate.published(name) for name in case["templates"]]
    moments = templates[0].cell.moments(case["rates_hz"])
    ours = [
        ("mean potential", moments.mu_v, case["mean_v"], case["tolerance_v"], "V"),
        ("sd of the potential", moments.sigma_v, case["sd_v"], case["tolerance_v"], "V"),
        ("time constant of fluctuations", moments.tau_v, case["time_constant_s"], case["tolerance_s"], "s"),
    ]
    for template, kind, rate in zip(templates, ("regular-", "fast-"), case["rate_hz"], strict=True):
        ours.append((f"rate of the {kind}spiking cell", template(case["rates_hz"]), rate, case["tolerance_hz"], "Hz"))
    return tuple(
        CaseRow(quantity=name, ours=float(value), published=known, tolerance=allowed, unit=unit)
        for name, value, known, allowed, unit in ours
    )


def schwalger_network() -> MesoscopicNetwork:
    """Return the excitatory and inhibitory population of case L17."""
    case = published()["L17"]
    populations = [
        EscapeRatePopulation(
            size=size,
            tau_m=case["tau_m_s"],
            tau_ref=case["tau_ref_s"],
            threshold=case["threshold_v"],
            reset=case["reset_v"],
            softness=case["softness_v"],
            threshold_rate=case["threshold_rate_hz"],
            drive=case["drive_v"],
        )
        for size in case["size"]
    ]
    return MesoscopicNetwork(
        populations=populations,
        weights=np.array([case["weight_v"]] * len(populations)),
        synaptic_decay=case["synaptic_decay_s"],
        delay=case["delay_s"],
        names=["E", "I"],
    )


def schwalger_spectrum(seed: int = 0) -> tuple[CaseRow, ...]:
    """Power of the population activities in bands, within three standard errors of both simulations (L17)."""
    case = published()["L17"]
    dt, trials = case["step_s"], case["trials"]
    steps = round(1 / dt)
    run = schwalger_network().simulate(trials + 1.0, dt=dt, seed=seed)
    runs = run.activity.values[:, steps:].reshape(len(case["size"]), trials, steps)
    mean = runs.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.rfft(runs - mean, axis=-1)) ** 2).mean(axis=1) * dt / steps
    rows = []
    for (low, high), index, known, error in zip(
        case["bands_hz"], case["population"], case["power_hz"], case["relative_error"], strict=True
    ):
        rows.append(
            CaseRow(
                quantity=f"power of {run.population.values[index]} between {low} and {high} Hz",
                ours=float(power[index, low : high + 1].mean()),
                published=known,
                tolerance=float(3 * np.sqrt(2) * error * known),
                unit="Hz",
            )
        )
    return tuple(rows)
