"""What holds for every test, set before NumPy is imported.

The matrices here are small: with two threads BLAS spends 10 to 50 times longer on them than with one, and more where
tests run side by side. Programs started by a test inherit this.
"""

import os

import pytest

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a C++ compiler where there is none, with a reason."""
    from mesobridge.spiking.engine.machine import compiler  # after the variables are set: it imports NumPy

    if compiler() is None:
        for item in items:
            if item.get_closest_marker("cpp"):
                item.add_marker(pytest.mark.skip(reason="no C++ compiler on this computer"))
