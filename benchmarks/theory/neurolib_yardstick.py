"""neurolib's Wilson-Cowan model, timed. Run by `mass_models.py` with an interpreter that has neurolib 0.6.

Usage: ``python neurolib_yardstick.py SECONDS NODES ...``; prints one JSON object: seconds of computing for a simulation
of SECONDS, for each number of nodes, all connected, delays up to 20 ms.
"""

import json
import sys
import time

import numpy as np
from neurolib.models.wc import WCModel  # pyright: ignore[reportMissingImports]

LONGEST_DELAY = 20.0  # ms
REPEATS = 3


def seconds_for(nodes: int, duration: float) -> float:
    rng = np.random.default_rng(1)
    if nodes == 1:
        model = WCModel()
    else:
        weights = rng.random((nodes, nodes))
        np.fill_diagonal(weights, 0.0)
        model = WCModel(Cmat=weights, Dmat=LONGEST_DELAY * 20.0 * rng.random((nodes, nodes)))
        model.params["signalV"] = 20.0
    model.params["duration"] = 1e3 * duration
    model.params["dt"] = 0.1
    model.params["sigma_ou"] = 0.01
    model.run()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        model.run()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    duration = float(sys.argv[1])
    print(json.dumps({nodes: seconds_for(int(nodes), duration) for nodes in sys.argv[2:]}))
