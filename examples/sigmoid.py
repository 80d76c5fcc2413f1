"""Population sigmoid of one cell type, measured in spikes and predicted from the cell alone.

``python examples/sigmoid.py [FIGURE.png]`` simulates fast-spiking interneurons under 20 steady currents, fits the
sigmoid of the mean free potential, and sets the prediction beside it, which has seen no spike.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

from mesobridge.bridge.prediction import default_levels, predict_sigmoid
from mesobridge.bridge.rate_table import rate_table
from mesobridge.bridge.sigmoid_fit import fit_sigmoid
from mesobridge.spiking import POPULATIONS, SteadyDrive
from mesobridge.spiking.engine import simulate


def main(figure: Path) -> None:
    population = POPULATIONS["fast_spiking"]()
    v_cap = population.cell.threshold + 0.020  # where q_max is read, V
    reach = default_levels(population)
    currents = np.linspace(reach[0], reach[-1], 20)

    drive = SteadyDrive(levels=tuple(currents), cells=200, duration="2 s")
    table = rate_table(simulate(population, drive, seed=1))
    measured = fit_sigmoid(table, q_max="at_cap", v_cap=v_cap)
    predicted = predict_sigmoid(population, levels=currents, v_cap=v_cap)

    print(f"family: {measured.family}; q_max is the rate at {1e3 * v_cap:.0f} mV")
    print(f"{'feature':<10} {'measured':>10} {'95 % interval':>24} {'predicted':>10}")
    for name, estimate in measured.features.items():
        low, high = estimate.interval
        interval = f"{low:.4g} to {high:.4g}"
        print(f"{name:<10} {estimate.value:>10.4g} {interval:>24} {predicted.features[name]:>10.4g} {estimate.unit}")
    draw(figure, table, predicted)


def draw(figure: Path, table, predicted) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
    error = 1.96 * table["rate_se"]
    axes.errorbar(1e3 * table["v_free"], table["rate"], error, fmt="o", ms=4, color="black", label="spiking population")
    axes.plot(1e3 * predicted.table.v_free, predicted.table.rate, color="tab:orange", label="predicted")
    axes.set(xlabel="mean free potential (mV)", ylabel="population rate (Hz)")
    axes.legend(frameon=False)
    figure.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(figure, dpi=150)
    print(f"figure: {figure}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/sigmoid.png"))
