"""A study from Python: two levers on one population, from the question to verdicts, numbers and a report.

``python examples/study_in_python.py [FOLDER]``. The budget is small, so that it takes a minute at most; intervals are
wide accordingly, and some comparisons stay undecided.
"""

import sys
from pathlib import Path

import mesobridge

QUESTION = {
    "title": "A lower threshold and more AMPA receptors on interneurons",
    "seed": 5,
    "population": "fast_spiking",
    "mechanisms": [
        {"id": "threshold_shift", "amounts": ["-3 mV"]},
        {"id": "ampa_density", "amounts": [1.3]},
    ],
    "sigmoid": {"levels": 10, "cells": 100, "duration": "1 s", "budget": 4000},
    "kernel": {"groups": 10, "cells_per_group": 10, "duration": "500 ms"},
    "dynamics": {"stimuli": [{"kind": "sinusoid", "frequency": "10 Hz"}], "cells_per_group": 50},
    "rate_kernel": {"enabled": False},
}


def main(folder: Path) -> None:
    result = mesobridge.run(mesobridge.read_study(QUESTION), folder=folder)
    for row in result.document["levers"]:
        gain = row["features"]["gain"]
        split = {part: entry["value"] for part, entry in row["gain_split"].items()}
        low, high = gain["measured"]["interval"]
        print(f"{row['mechanism']} {row['amount_label']}: gain changes by {gain['measured']['value']:+.4f}", end=" ")
        print(f"({low:+.4f} to {high:+.4f}), predicted {gain['predicted']:+.4f}: prediction {gain['verdict']}")
        print(f"    d ln gain {split['gain']:+.3f} = d ln slope {split['slope']:+.3f} + d ln area {split['area']:+.3f}")
    for claim in result.document["claims"]:
        print(f"{claim['verdict']:>9}  {claim['statement']}")
    print(f"rates at all levels: {dict(result.dataset['rate'].sizes)} in {result.dataset['rate'].attrs['units']}")
    print(f"report: {mesobridge.report(result, folder)}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/study_in_python"))
