"""The command fit; nothing heavy is imported before it runs."""

import sys
import warnings
from pathlib import Path
from typing import Any

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(epilog="Example:  mesobridge fit eeg.csv --kind spectrum --set degrees=60 --free nu_se,alpha,t0")
@click.argument("data", metavar="DATA", type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME", default="corticothalamic", show_default=True, help="See `list models`.")
@click.option("--kind", default="spectrum", show_default=True, help="spectrum, evoked, rate, transfer, connectivity.")
@click.option("--free", metavar="A,B,...", help="Parameters to free, with bounds if you like: A=LOW:HIGH.")
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="A fixed parameter, or how data are read.")
@click.option("--published", metavar="SET", help="Published set to start from; default the standard one.")
@click.option("--starts", metavar="N", type=click.IntRange(min=1), default=16, show_default=True, help="Starts.")
@click.option("--branch", metavar="N", type=click.IntRange(min=0), default=0, help="Steady state, the lowest is 0.")
@click.option("--seed", metavar="N", type=int, default=0, help="Of the starts and of the posterior.")
@click.option("--posterior", metavar="N", type=float, default=0, help="Effective samples of the posterior; 0 for none.")
@click.option("--workers", metavar="N", type=click.IntRange(min=1), default=2, help="Processes of the posterior.")
@click.option("-o", "--output", metavar="DIR", default="fit", show_default=True, type=_FOLDER, help="Result folder.")
def fit(data: Path, output: Path, **asked: Any) -> None:
    """Fit a mass model to a recording: what the data determine, then estimates with intervals.

    DATA is CSV, NumPy, netCDF, or what MNE or Neo read. What the data leave open gets an open end, not a number. Writes
    fit.json, fit.nc, fit.html and figures into DIR; see docs/fitting.md.
    """
    from .fit_words import fit_file, fit_lines
    from .progress import progress_on

    with progress_on(sys.stderr) as progress, warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = lambda message, *_, **__: progress.note(f"note: {message}")
        result = fit_file(data, progress=progress, say=click.echo, **asked)
    for line in fit_lines(result.document):
        click.echo(line)
    click.echo(f"page: {result.save(output).resolve()}")
