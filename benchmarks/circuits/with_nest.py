"""The network of `against_nest.py` in NEST 3.10; run with a Python that has nest-simulator, prints one line of JSON."""

import json
import sys
import time

import nest  # pyright: ignore[reportMissingImports]

CELLS = {
    "current": ("iaf_psc_exp", {"tau_m": 10.0, "tau_syn_ex": 0.5, "tau_syn_in": 0.5}),
    "conductance": ("iaf_cond_exp", {"g_L": 25.0, "E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 2.0, "tau_syn_in": 6.0}),
}


def main(form: str, threads: int, seconds: float, background: float, excitation: float, inhibition: float) -> None:
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.local_num_threads, nest.resolution, nest.rng_seed = threads, 0.1, 5
    started = time.perf_counter()
    name, more = CELLS[form]
    cell = {"C_m": 250.0, "E_L": -65.0, "V_th": -50.0, "V_reset": -65.0, "t_ref": 2.0, **more}
    excitatory, inhibitory = nest.Create(name, 8000, params=cell), nest.Create(name, 2000, params=cell)
    external = nest.Create("poisson_generator", params={"rate": background})
    recorder = nest.Create("spike_recorder")
    for target in (excitatory, inhibitory):
        nest.Connect(external, target, syn_spec={"weight": excitation, "delay": 0.1})
        for source, count, weight in ((excitatory, 800, excitation), (inhibitory, 200, -inhibition)):
            rule = {"rule": "fixed_indegree", "indegree": count, "allow_multapses": False}
            nest.Connect(source, target, rule, {"weight": weight, "delay": 1.5})
        nest.Connect(target, recorder)
    nest.Prepare()
    built = time.perf_counter()
    nest.Run(200.0)
    before = recorder.n_events
    wall, processor = time.perf_counter(), time.process_time()
    nest.Run(seconds * 1000)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    rate = (recorder.n_events - before) / 10000 / seconds
    print(json.dumps({"build": built - started, "wall": wall, "processor": processor, "rate": rate}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *map(float, sys.argv[3:]))
