"""Rates and responses of NNMT, timed. Run by `lif.py` with the interpreter that has NNMT and need not have mesobridge.

Usage: ``python nnmt_yardstick.py POINTS.npz ANSWERS.npz``; the points hold mu, sigma, mu_response, sigma_response,
v_threshold, v_reset (V), frequency (Hz), tau_m, tau_ref (s).
"""

import sys
import time

import nnmt.lif.delta  # pyright: ignore[reportMissingImports]
import nnmt.lif.exp  # pyright: ignore[reportMissingImports]
import numpy as np

ONE_BY_ONE = 1000
ALMOST_WHITE = 1e-30  # s: NNMT's response always wants a synaptic time constant; this one shifts nothing


def timed(function, repeats=1):
    """Return the answer and the least time of some repeats, s."""
    answers, times = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        answers.append(function())
        times.append(time.perf_counter() - start)
    return answers[0], min(times)


def rates(p, tau_ref):
    def some(mu, sigma):
        return nnmt.lif.delta._firing_rates_for_given_input(
            mu, sigma, p["v_reset"], p["v_threshold"], p["tau_m"], tau_ref
        )

    whole, seconds = timed(lambda: some(p["mu"], p["sigma"]), 5)
    pairs = list(zip(p["mu"][:ONE_BY_ONE], p["sigma"][:ONE_BY_ONE], strict=True))
    _, single = timed(lambda: [some(m, s) for m, s in pairs], 3)
    return whole, seconds / whole.size, single / len(pairs)


def responses(p, tau_ref):
    def one(mu, sigma):
        return nnmt.lif.exp._transfer_function_shift(
            mu, sigma, p["tau_m"], ALMOST_WHITE, tau_ref, p["v_threshold"], p["v_reset"],
            2 * np.pi * p["frequency"], synaptic_filter=False,
        )[:, 0]  # fmt: skip

    pairs = list(zip(p["mu_response"], p["sigma_response"], strict=True))
    found, seconds = timed(lambda: np.array([one(m, s) for m, s in pairs]))
    return found, seconds / found.size


def main():
    p = {name: value if value.ndim else float(value) for name, value in np.load(sys.argv[1]).items()}
    rate, many, single = rates(p, p["tau_ref"])
    white, per_response = responses(p, 0.0)
    refractory, _ = responses(p, p["tau_ref"])
    np.savez(
        sys.argv[2], rate=rate, seconds_vectorised=many, seconds_single=single, response=white,
        response_refractory=refractory, seconds_response=per_response, version=nnmt.__version__,
    )  # fmt: skip


if __name__ == "__main__":
    main()
