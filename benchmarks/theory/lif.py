"""Rate and response of the leaky integrate-and-fire cell: time per evaluation against NNMT 1.3 and a plain quadrature.

Run as ``python benchmarks/theory/lif.py --yardstick-python PATH``, where PATH is a Python that has NNMT. It asks for
pytest as a dependency, so give it an environment of its own:

    python -m venv nnmt && nnmt/bin/pip install --no-deps nnmt==1.3.0
    nnmt/bin/pip install numpy scipy mpmath pint h5py h5py-wrapper pyyaml requests

NNMT's formulas take arrays for the rate; its networks call them a few populations at a time. Both are timed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import IntegrationWarning, quad
from scipy.special import erf

from mesobridge.meanfield import lif_rate, lif_response

CELL: dict[str, Any] = {"tau_m": 20e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
TAU_REF = 2e-3
YARDSTICK = Path(__file__).with_name("nnmt_yardstick.py")
NAIVE = 2000


def work(points: int, cells: int) -> dict[str, Any]:
    """Return rate points (mu 0 to 40 mV, sigma 1 to 10 mV) and a smaller set of cells x 12 frequencies."""
    rng = np.random.default_rng(20)
    return {
        **CELL,
        "tau_ref": TAU_REF,
        "mu": rng.uniform(0, 40e-3, points),
        "sigma": rng.uniform(1e-3, 10e-3, points),
        "mu_response": rng.uniform(10e-3, 30e-3, cells),
        "sigma_response": rng.uniform(2e-3, 8e-3, cells),
        "frequency": np.geomspace(0.1, 1000, 12),
    }


def best_of(function: Callable[[], Any], repeats: int = 5) -> tuple[Any, float]:
    """Return the answer and the least time of some repeats, s."""
    times, answer = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = function()
        times.append(time.perf_counter() - start)
    return answer, min(times)


def yardstick(python: str, points: dict[str, Any]) -> dict[str, Any] | None:
    """Return what NNMT answers and how long it takes, or None if that Python does not have it."""
    if subprocess.run([python, "-c", "import nnmt"], capture_output=True).returncode:
        return None
    with tempfile.TemporaryDirectory() as folder:
        given, answers = Path(folder) / "points.npz", Path(folder) / "answers.npz"
        np.savez(given, **points)
        subprocess.run([python, str(YARDSTICK), str(given), str(answers)], check=True)
        return dict(np.load(answers))


def naive_rate(mu: float, sigma: float) -> float:
    """Evaluate the formula as printed, with scipy's quad."""
    ends = ((CELL["v_reset"] - mu) / sigma, (CELL["v_threshold"] - mu) / sigma)
    integral = quad(lambda u: np.exp(u**2) * (1 + erf(u)), *ends)[0]
    return 1 / (TAU_REF + CELL["tau_m"] * np.sqrt(np.pi) * integral)


def naive(points: dict[str, Any], ours: np.ndarray) -> tuple[float, float]:
    """Return time per evaluation of the plain quadrature, s, and the share of points where it is right to 1e-6."""
    pairs = list(zip(points["mu"][:NAIVE], points["sigma"][:NAIVE], strict=True))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", IntegrationWarning)
        found, seconds = best_of(lambda: np.array([naive_rate(m, s) for m, s in pairs]), 1)
        right = np.abs(found / ours[: found.size] - 1) < 1e-6
    return seconds / found.size, float(np.mean(right))


def report_rates(points: dict[str, Any], other: dict[str, Any] | None) -> None:
    start = time.perf_counter()
    lif_rate(16e-3, 4e-3, **CELL, tau_ref=TAU_REF)
    print(
        f"lif_rate, first call of the process: {time.perf_counter() - start:.2g} s (2 s if it has yet to be compiled)"
    )
    ours, seconds = best_of(lambda: lif_rate(points["mu"], points["sigma"], **CELL, tau_ref=TAU_REF), 50)
    each = seconds / ours.size
    print(f"lif_rate, {ours.size} points, tau_ref = 2 ms: {each * 1e6:.3g} us per evaluation")
    plain, right = naive(points, ours)
    print(
        f"  plain quad, one by one      {plain * 1e6:9.3g} us  ratio {plain / each:8.3g}  "
        f"within 1e-6 of ours at {right:.0%} of the points, elsewhere overflow"
    )
    if other is None:
        return
    pairs = list(zip(points["mu"][:NAIVE], points["sigma"][:NAIVE], strict=True))
    _, single = best_of(lambda: [lif_rate(m, s, **CELL, tau_ref=TAU_REF) for m, s in pairs], 3)
    print(f"  ours, one call a point      {single / len(pairs) * 1e6:9.3g} us")
    gap = np.max(np.abs(other["rate"] / ours - 1))
    for name, key, like in (
        ("one call a point", "seconds_single", single / len(pairs)),
        ("one call for all", "seconds_vectorised", each),
    ):
        value = float(other[key])
        print(
            f"  NNMT, {name:<21} {value * 1e6:9.3g} us  ratio {value / each:8.3g}  (called alike: {value / like:.3g})  "
            f"largest difference {gap:.1e}"
        )


def report_responses(points: dict[str, Any], other: dict[str, Any] | None) -> None:
    mu, sigma = points["mu_response"][:, None], points["sigma_response"][:, None]
    many = np.tile(points["frequency"], max(1, 20000 // (mu.size * points["frequency"].size)))
    _, seconds = best_of(lambda: lif_response(many, mu, sigma, **CELL, tau_ref=0.0), 3)
    each = seconds / (mu.size * many.size)
    print(f"lif_response, {mu.size} cells x {many.size} frequencies: {each * 1e6:.3g} us per evaluation")
    if other is None:
        return
    value = float(other["seconds_response"])
    ours = lif_response(points["frequency"], mu, sigma, **CELL, tau_ref=0.0)
    gap = np.max(np.abs(other["response"] / ours - 1))
    print(
        f"  NNMT, tau_ref = 0           {value * 1e6:9.3g} us  ratio {value / each:8.3g}  largest difference {gap:.1e}"
    )
    ours = lif_response(points["frequency"], mu, sigma, **CELL, tau_ref=TAU_REF)
    gaps = np.abs(other["response_refractory"] / ours - 1)
    print(
        f"  NNMT, tau_ref = 2 ms: differs by {np.median(gaps):.1%} (median), {gaps.max():.1%} (largest), because it "
        "leaves out the refractory phase"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--yardstick-python", default=sys.executable, help="a Python that has NNMT 1.3")
    parser.add_argument("--quick", action="store_true", help="fewer points")
    arguments = parser.parse_args()
    points = work(10_000 if arguments.quick else 100_000, 10 if arguments.quick else 50)
    other = yardstick(arguments.yardstick_python, points)
    if other is None:
        print(f"{arguments.yardstick_python} has no NNMT: ours alone. See --help for how to install it.")
    else:
        print(f"Yardstick: NNMT {other['version']}, in the same run.")
    report_rates(points, other)
    report_responses(points, other)


if __name__ == "__main__":
    main()
