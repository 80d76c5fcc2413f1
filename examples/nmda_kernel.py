"""What a larger NMDA share does to the kernel: the same charge, later and longer.

``python examples/nmda_kernel.py [FIGURE.png]`` gives every cell of a population one extra excitatory spike, on two free
potentials that share all noise, before and after ``nmda_fraction`` has moved charge from AMPA to NMDA receptors.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

from mesobridge.bridge.kernel_fit import fit_kernel
from mesobridge.bridge.prediction import predict_kernel
from mesobridge.spiking import MECHANISMS, POPULATIONS, ProbeSpikes
from mesobridge.spiking.engine import simulate


def main(figure: Path) -> None:
    before = POPULATIONS["textbook_lif"]()
    populations = {"untouched": before, "NMDA share +0.2": MECHANISMS["nmda_fraction"].apply(before, 0.2)}
    probe = ProbeSpikes(afferent="excitatory", groups=10, cells_per_group=20)
    measured = {name: fit_kernel(simulate(p, probe, seed=1)) for name, p in populations.items()}
    predicted = {name: predict_kernel(p, "excitatory") for name, p in populations.items()}
    for name, kernel in measured.items():
        print(f"{name} at {1e3 * kernel.operating_v.value:.1f} mV, family {kernel.family}")
        for feature in ("area", "peak", "mean_lag", "sd"):
            estimate, theory = kernel.features[feature], predicted[name].features[feature]
            low, high = estimate.interval
            print(
                f"  {feature:<9} {estimate.value:.4g} ({low:.4g} to {high:.4g}) {estimate.unit}, predicted {theory:.4g}"
            )
        index, theory = kernel.super_additivity["area"], predicted[name].super_additivity["area"]
        print(f"  area of two spikes / twice that of one: {index.value:.4f}, predicted {theory:.4f}")
    draw(figure, measured, predicted)


def draw(figure: Path, measured, predicted) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
    time = np.linspace(0, 0.2, 400)
    for colour, (name, kernel) in zip(("black", "tab:orange"), measured.items(), strict=True):
        axes.plot(1e3 * kernel.time, 1e6 * kernel.response, color=colour, lw=4, alpha=0.4, label=name)
        axes.plot(1e3 * time, 1e6 * predicted[name].kernel(time), color=colour, lw=1, ls="--")
    axes.set(xlabel="time after the presynaptic spike (ms)", ylabel="free potential (µV)", xlim=(0, 200))
    axes.legend(frameon=False, title="dashed: predicted")
    figure.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(figure, dpi=150)
    print(f"figure: {figure}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/nmda_kernel.png"))
