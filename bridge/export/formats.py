"""The formats a calibration can be written in, by name."""

from ..calibration import CALIBRATIONS
from .export import Export
from .json_file import write_json
from .lems_file import write_lems
from .netcdf_file import write_netcdf
from .neurolib_aln import write_neurolib_aln
from .neurolib_file import write_neurolib
from .pyrates_file import write_pyrates
from .tvb_file import write_tvb
from .tvbo_file import write_tvbo

_ALL = tuple(CALIBRATIONS)
_INSTANT = tuple(name for name in _ALL if name != "corticothalamic")
_EXTRA = "simulators"

EXPORTS: dict[str, Export] = {
    "json": Export("JSON with everything a calibration holds", _ALL, None, write_json),
    "netcdf": Export("netCDF for xarray: parameters over conditions", _ALL, None, write_netcdf),
    "tvb": Export("Python file for The Virtual Brain (tvb-library 2.10)", _ALL, _EXTRA, write_tvb),
    "neurolib": Export(
        "Python and JSON files for neurolib 0.6", ("wilson-cowan", "dynamic-mean-field"), _EXTRA, write_neurolib
    ),
    "neurolib-aln": Export("lookup table of the cell for neurolib's aln model", _ALL, _EXTRA, write_neurolib_aln),
    "pyrates": Export("YAML templates for PyRates 1.2", _ALL, _EXTRA, write_pyrates),
    "tvbo": Export("YAML dynamics for tvbo 0.5", _INSTANT, _EXTRA, write_tvbo),
    "lems": Export("LEMS component types with SI units", _INSTANT, _EXTRA, write_lems),
}
"""Every format, by its name."""
