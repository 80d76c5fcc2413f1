"""What holds for every test, set before NumPy is imported.

The matrices here are small: with two threads BLAS spends 10 to 50 times longer on them than with one, and more where
tests run side by side. Programs started by a test inherit this.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
