"""The C++ random numbers are the NumPy ones."""

import subprocess

import numpy as np
import pytest

from mesobridge.spiking.engine import noise
from mesobridge.spiking.engine.machine import compiler
from mesobridge.spiking.engine.noise_code import random_header

MAIN = """
#include <cstdio>
#include "random.h"
int main()
{
    for (int step = 0; step < 2000; step++) {
        const real u = uniform_5(step, 7, -3, 2, -1, 12345);
        const real numbers[3] = {u, poisson_count_8(u, (real)0.3, (real)0.7408182206817179), standard_normal(u)};
        fwrite(numbers, sizeof(real), 3, stdout);
    }
}
"""


@pytest.mark.cpp
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_cpp_and_numpy_draw_the_same_numbers(tmp_path, precision):
    (tmp_path / "random.h").write_text(random_header(precision, 6, (4, 8)))
    (tmp_path / "main.cpp").write_text(MAIN)
    flags = ["-std=c++11", "-O2", "-ffp-contract=off"]
    subprocess.run([compiler() or "g++", *flags, "main.cpp", "-o", "main"], cwd=tmp_path, check=True)
    drawn = np.frombuffer(subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout, precision)
    u, count, normal = drawn.reshape(-1, 3).T
    expected = noise.uniform(5, np.arange(2000), 7, -3, 2, -1, 12345, precision)
    none = np.dtype(precision).type(0.7408182206817179)
    assert u.size == 2000
    np.testing.assert_array_equal(u, expected)
    np.testing.assert_array_equal(count, noise.poisson_count(8, expected, 0.3, none))
    np.testing.assert_allclose(normal, noise.standard_normal(expected), rtol=40 * float(np.finfo(precision).eps))
