"""Pieces of the Python files that exports write: header, tables of conditions, sigmoids."""

from collections.abc import Mapping
from typing import Any

from ..calibration.calibrated_model import Calibration, Misfit
from .facts import condition_lines, header

SIGMOIDS = {
    "gaussian_sigmoid": '''
def gaussian_sigmoid(v, q_max, theta, sigma):
    """Cumulative-normal sigmoid."""
    return q_max * ndtr((v - theta) / sigma)
''',
    "ex_gaussian_sigmoid": '''
def ex_gaussian_sigmoid(v, q_max, theta, sigma, kappa):
    """Exponentially modified Gaussian sigmoid; the scaled error function keeps it from overflowing."""
    side = numpy.sign(kappa)
    x = side * (v - theta) / sigma
    ratio = sigma / abs(kappa)
    left, right = numpy.minimum(x, ratio), numpy.maximum(x, ratio)
    near = 0.5 * numpy.exp(-(left**2) / 2) * erfcx((ratio - left) / numpy.sqrt(2))
    far = numpy.exp(-ratio * (right - ratio / 2)) * ndtr(right - ratio)
    tail = numpy.where(x < ratio, near, far)
    return q_max * numpy.where(side > 0, ndtr(x) - tail, ndtr(-x) + tail)
''',
    "tabulated_sigmoid": '''
def tabulated_sigmoid(potentials, rates):
    """Monotone cubic through the points of a table, constant outside."""
    curve = PchipInterpolator(potentials, rates)
    return lambda v: curve(numpy.clip(v, potentials[0], potentials[-1]))
''',
}
IMPORTS = {
    "gaussian_sigmoid": "from scipy.special import ndtr",
    "ex_gaussian_sigmoid": "from scipy.special import erfcx, ndtr",
    "tabulated_sigmoid": "from scipy.interpolate import PchipInterpolator",
}


def docstring(calibration: Calibration, units: str, notes: tuple[str, ...]) -> str:
    """Return the header of a file as a module docstring."""
    lines = [line.replace("\\", "\\\\").replace('"""', "'''") for line in header(calibration, units, notes)]
    return '"""' + "\n".join(lines) + '\n"""\n'


def commented(lines: list[str], indent: str = "") -> str:
    """Return lines as comments."""
    return "".join(f"{indent}# {line}".rstrip() + "\n" for line in lines)


def conditions_text(
    calibration: Calibration, values: Mapping[str, Mapping[str, float]], misfits: Mapping[str, tuple[Misfit, ...]]
) -> str:
    """Return the table of parameters of every condition, each under what is known of its errors.

    Parameters
    ----------
    calibration : Calibration
        The models.
    values : mapping
        Per condition, parameters in the units of the file.
    misfits : mapping
        Per condition, what the format itself cannot express.
    """
    text = "CONDITIONS = {\n"
    for model in calibration.models:
        text += commented(condition_lines(model, misfits.get(model.condition, ())), "    ")
        text += f"    {model.condition!r}: {{\n"
        text += "".join(f"        {name!r}: {value!r},\n" for name, value in values[model.condition].items())
        text += "    },\n"
    return text + "}\n"


def table_text(name: str, values: Mapping[str, Any]) -> str:
    """Return a dictionary as an assignment, one entry a line."""
    return f"{name} = {{\n" + "".join(f"    {key!r}: {value!r},\n" for key, value in values.items()) + "}\n"
