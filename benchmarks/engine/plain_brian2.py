"""The same population as one would write it in Brian2, built and run as C++ standalone.

Takes FOLDER CURRENT CELLS DURATION and prints the seconds of code generation and compilation, the core-seconds of the
run, and the population rate in Hz.
"""

import resource
import sys
import time
from typing import Any

import numpy as np
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeMonitor,
    amp,
    defaultclock,
    device,
    ms,
    mV,
    nS,
    pF,
    prefs,
    second,
    set_device,
)

EQUATIONS = """
dv/dt = (g_l * (e_l - v) + i_syn + drive) / c : volt (unless refractory)
i_syn = g_a * (e_e - v) + g_n * (e_e - v) / (1 + mg / 3.57 * exp(-0.062 * v / mV)) + g_g * (e_i - v) : amp
dv_free/dt = (g_l * (e_l - v_free) + i_free + drive) / c : volt
i_free = g_a * (e_e - v_free) + g_n * (e_e - v_free) / (1 + mg / 3.57 * exp(-0.062 * v_free / mV))
    + g_g * (e_i - v_free) : amp
dg_a/dt = -g_a / (3*ms) : siemens
dg_n/dt = -g_n / (80*ms) + opening * (1 / (2*ms) - 1 / (80*ms)) : siemens
dopening/dt = -opening / (2*ms) : siemens
dg_g/dt = -g_g / (6*ms) : siemens
theta : volt (constant)
sum_v : volt
sum_v2 : volt**2
"""


def main(folder: str, current: float, cells: int, duration: float) -> None:
    set_device("cpp_standalone", directory=folder, build_on_run=False)
    prefs.devices.cpp_standalone.openmp_threads = 0
    defaultclock.dt = 0.1 * ms
    cell = {"g_l": 10 * nS, "e_l": -70 * mV, "c": 200 * pF, "drive": current * amp}
    namespace = {**cell, "e_e": 0 * mV, "e_i": -75 * mV, "mg": 1.0}
    refractory: Any = 2 * ms
    group = NeuronGroup(
        cells,
        EQUATIONS,
        threshold="v > theta",
        reset="v = theta - 10*mV",
        refractory=refractory,
        method="euler",
        namespace=namespace,
    )
    group.v = group.v_free = -65 * mV
    group.theta = "-50*mV + 2*mV*randn()"
    group.run_regularly("sum_v += v_free\nsum_v2 += v_free**2", when="end")
    factor = 1.0 / (np.exp(-np.log(40) * 2 / 78) - np.exp(-np.log(40) * 80 / 78))
    weights = {"g_a": (0.3, 100), "opening": (0.06 * factor, 100), "g_g": (0.6, 50)}
    inputs = [PoissonInput(group, name, number, 8 * Hz, weight * nS) for name, (weight, number) in weights.items()]
    monitor = SpikeMonitor(group, record=False)
    start = time.perf_counter()
    Network(group, monitor, *inputs).run(duration * second)
    device.build(directory=folder, compile=True, run=False, with_output=False)
    built = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    device.run(directory=folder, results_directory="results", with_output=False)
    ran = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used
    print(built - start, ran, monitor.num_spikes / cells / duration)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
