"""Networks that several tests ask about."""

from mesobridge.meanfield import CascadeKernel, ExGaussianSigmoid, ExponentialKernel, GaussianSigmoid, Kernel, Sigmoid
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import (
    DelayDistribution,
    NetworkDrive,
    NetworkPopulation,
    NetworkProjection,
    RateModel,
)

SIGMOID = ExGaussianSigmoid(100.0, -50e-3, 3e-3, 2e-3)
EXCITATION = CascadeKernel(1e-6, (3e-3, 15e-3))
INHIBITION = CascadeKernel(-4e-6, (6e-3, 10e-3))


def excitatory_inhibitory(
    *,
    rate: Sigmoid | RateModel = SIGMOID,
    excitation: Kernel = EXCITATION,
    inhibition: Kernel = INHIBITION,
    counts: tuple[float, float] = (400.0, 120.0),
    delay: DelayDistribution | float = 2e-3,
    level: float = 14000.0,
    size: int | None = None,
    count_spread: float = 0.0,
) -> PopulationNetwork:
    late = delay if isinstance(delay, DelayDistribution) else DelayDistribution(delay)
    sizes = {"E": size, "I": None if size is None else size // 2}
    return PopulationNetwork(
        populations=[
            NetworkPopulation(name=name, rate=rate, operating_v=-65e-3, size=sizes[name]) for name in ("E", "I")
        ],
        projections=[
            NetworkProjection(
                source=source, target=target, kernel=kernel, count=count, delay=late, count_spread=count_spread
            )
            for source, kernel, count in (("E", excitation, counts[0]), ("I", inhibition, counts[1]))
            for target in ("E", "I")
        ],
        drives=[NetworkDrive(target=name, kernel=EXCITATION, level=level) for name in ("E", "I")],
    )


def first_order_pair() -> PopulationNetwork:
    """Two populations behind one stage each: dv/dt is linear in v, and its matrix is known."""
    sigmoid = GaussianSigmoid(100.0, 0.0, 5e-3)
    facts = (("E", "E", 6e-4), ("E", "I", 9e-4), ("I", "E", -9e-4), ("I", "I", -3e-4))
    tau = {"E": 10e-3, "I": 5e-3}
    return PopulationNetwork(
        populations=[NetworkPopulation(name=n, rate=sigmoid, operating_v=0.0) for n in ("E", "I")],
        projections=[
            NetworkProjection(
                source=s, target=t, kernel=ExponentialKernel(area, tau[t]), count=1.0, operating_input=50.0
            )
            for s, t, area in facts
        ],
        drives=[NetworkDrive(target="E", kernel=ExponentialKernel(1e-6, 10e-3), level=0.0)],
    )


def self_exciting(count: float = 60.0, level: float = 3000.0, delay: float = 0.0) -> PopulationNetwork:
    return PopulationNetwork(
        populations=[NetworkPopulation(name="E", rate=SIGMOID, operating_v=-53e-3)],
        projections=[
            NetworkProjection(
                source="E", target="E", kernel=EXCITATION, count=10 * count, delay=DelayDistribution(delay)
            )
        ],
        drives=[NetworkDrive(target="E", kernel=EXCITATION, level=level, operating_input=6000.0)],
    )
