"""Speed of fitting a spectrum: one likelihood, a whole fit with multi-start and profile intervals, a posterior.

Run as ``python benchmarks/fitting/spectrum.py [--effective N]`` on an idle machine. The yardstick is one likelihood
computed with the model's own questions: all steady states by a scan, eigenvalues, transfer.
"""

import argparse
import time

import numpy as np

from mesobridge.bridge.fitting import GammaLikelihood, fit_problem, spectrum_problem
from mesobridge.bridge.recordings import Spectrum
from mesobridge.meanfield import CorticothalamicField, JansenRit

BATCH = 64
WANTED = {"fit": 30.0, "posterior": 300.0}


def drawn(model, name, frequency, degrees=60.0):
    """Return the problem of a spectrum drawn about the model's own, and where its search begins."""
    power = model.power_spectrum(frequency)
    measured = power * np.random.default_rng(3).chisquare(degrees, power.size) / degrees
    return spectrum_problem(Spectrum(frequency=frequency, power=measured, degrees=degrees), model, name)


def seconds(function, repeats=3):
    """Return the least time of some repeats, s."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def one_likelihood(problem, first, frequency):
    """Return seconds a likelihood takes in a batch, and by the model's own questions."""
    anchor = problem.prediction.anchor(first)
    random = np.random.default_rng(1)
    points = problem.space.clipped(first + 0.02 * random.standard_normal((BATCH, first.size)))
    ours = seconds(lambda: problem.deviance(anchor, points)) / BATCH
    likelihood = GammaLikelihood(problem.likelihood.spectrum.measured, problem.likelihood.spectrum.degrees)

    def naive():
        model = problem.prediction.family.model_at(points[0])
        return likelihood.terms(model.power_spectrum(frequency, model.resting_state().state)).sum()

    return ours, seconds(naive)


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--effective", type=float, default=10_000, help="effective samples of the posterior; 0 for none"
    )
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    frequency = np.arange(1.0, 45.0, 0.5)
    for model, name in (
        (CorticothalamicField.published(), "corticothalamic_field"),
        (JansenRit.published(p=60.0), "jansen_rit"),
    ):
        problem, first = drawn(model, name, frequency)
        ours, naive = one_likelihood(problem, first, frequency)
        print(f"{name}: one likelihood {1e6 * ours:.0f} µs, by the model's own questions {naive / ours:.0f} times that")
        start, core = time.perf_counter(), time.process_time()
        found = fit_problem(problem, first, starts=16)
        wall, core = time.perf_counter() - start, time.process_time() - core
        said = f"  16 starts, {problem.space.size} profiles: {wall:.1f} s, {core:.1f} s of a core"
        print(f"{said}; wanted {WANTED['fit']:.0f} s")
        if asked.effective and name == "corticothalamic_field":
            sampled(found, asked.effective, asked.workers)


def sampled(found, effective, workers):
    """Sample a posterior and print how long that takes."""
    start = time.perf_counter()
    posterior = found.with_posterior(effective=effective, workers=workers).posterior
    wall = time.perf_counter() - start
    print(
        f"  posterior: {posterior.effective.min():.0f} effective samples, {wall:.0f} s, {posterior.evaluations} points"
    )
    print(f"  10,000 would take {1e4 * wall / posterior.effective.min():.0f} s, wanted {WANTED['posterior']:.0f} s")


if __name__ == "__main__":
    main()
