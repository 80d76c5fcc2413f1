"""What do NMDA synapses cost? A network of 4,000 cells against its twin without them.

Every cell hears 10 percent of the others (sparse), or all of them (dense, saturating gates summed once a step). The
twin has the same AMPA and GABA_A synapses and the same background; rates are printed beside the ratio. Run on an idle
machine:

    python benchmarks/circuits/nmda.py [--seconds 2]
"""

import argparse
from dataclasses import replace

from mesobridge.spiking import Synapse
from mesobridge.spiking.circuits import CIRCUITS, Circuit, CircuitRecord, GateSaturation
from mesobridge.spiking.engine.simulate_circuit import CircuitRun, run_circuit

NMDA = Synapse(receptor="nmda", weight="0.008 nS", reversal="0 mV", rise="2 ms", decay="100 ms", magnesium="1 mM")


def twins(probability: float, saturating: bool) -> tuple[Circuit, Circuit]:
    """Return the network without and with NMDA; weights fall with the number of connections."""
    plain = CIRCUITS["ei_sparse"]().with_population("E", size=3200).with_population("I", size=800)
    for projection in plain.projections:
        synapses = tuple(replace(s, weight=s.weight * 0.1 / probability) for s in projection.synapses)
        plain = plain.with_projection(projection.name, synapses=synapses, probability=probability)
    rich = plain
    for projection in (p for p in plain.projections if p.source == "E"):
        nmda = replace(NMDA, weight=NMDA.weight * 0.1 / probability)
        saturation = GateSaturation() if saturating else None
        rich = rich.with_projection(projection.name, synapses=(*projection.synapses, nmda), saturation=saturation)
    return plain, rich


def run(circuit: Circuit, seconds: float) -> CircuitRun:
    record = CircuitRecord(potentials=False)
    run_circuit(circuit, duration=0.05, warm_up=0.0, dt=1e-4, seed=1, record=record)  # build
    return run_circuit(circuit, duration=seconds, warm_up=0.3, dt=1e-4, seed=1, record=record)


def compare(label: str, probability: float, saturating: bool, seconds: float) -> None:
    plain, rich = (run(circuit, seconds) for circuit in twins(probability, saturating))
    rates = [float(found.recording.rate.mean()) for found in (plain, rich)]
    print(
        f"{label}: with NMDA {rich.processor / plain.processor:.2f} times its twin "
        f"({rich.processor:.2f} and {plain.processor:.2f} s; {rates[1]:.1f} and {rates[0]:.1f} Hz)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    compare("sparse, linear gates", 0.1, False, options.seconds)
    compare("sparse, saturating gates", 0.1, True, options.seconds)
    compare("all to all, saturating gates", 1.0, True, options.seconds)
