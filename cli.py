"""The command line: a study runs, its report is made, published cases are checked, the machine is looked over."""

import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .validation.calibration_command import calibrate
from .validation.fit_command import fit

if TYPE_CHECKING:
    from .spiking.engine import Machine
    from .validation.study import Study

DONE, NOT_MET, BAD_INPUT, BROKEN, INTERRUPTED = 0, 1, 2, 70, 130

# Where the things live that `list` shows, and what says in one line what each of them is.
_REGISTRIES = {
    "mechanisms": ("spiking", "MECHANISMS"),
    "populations": ("spiking", "POPULATIONS"),
    "stimuli": ("spiking", "STIMULI"),
    "models": ("meanfield", "MODELS"),
    "cases": ("validation.cases", "CASES"),
    "calibrations": ("bridge.calibration", "CALIBRATIONS"),
    "exports": ("bridge", "EXPORTS"),
}

CONTEXT = {"help_option_names": ["-h", "--help"]}
FOLDER = click.Path(file_okay=False, path_type=Path)
CHECK = click.option("--check", is_flag=True, help="Exit with status 1 if a prediction or a claim fails.")


class InputError(Exception):
    """What was asked for does not exist."""


@click.group(context_settings=CONTEXT, invoke_without_command=True, epilog="Example:  mesobridge run -o results")
@click.version_option(package_name="mesobridge")
@click.pass_context
def app(context: click.Context) -> None:
    """From cellular neuromodulation to the parameters of a neural population, with error bars."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


app.add_command(calibrate)


@app.command(epilog="Example:  mesobridge run studies/fast_spiking.toml -o results/fast_spiking --check")
@click.argument("study", metavar="[STUDY.toml]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("-o", "--output", metavar="DIR", default="results", show_default=True, type=FOLDER, help="Result folder.")
@click.option(
    "--workers", metavar="N", type=click.IntRange(min=1), help="Processes side by side; default one per core."
)
@click.option("--target", type=click.Choice(["cpp_standalone", "cython", "numpy"]), help="In place of the study's.")
@click.option("--seed", metavar="N", type=int, help="In place of the study's.")
@click.option("--claims", is_flag=True, help="Also judge every testable statement of the review: the claims ledger.")
@click.option("--receptors", metavar="DIR", type=FOLDER, help="Receptor densities for the ledger; see docs/claims.md.")
@CHECK
def run(
    study: Path | None,
    output: Path,
    workers: int | None,
    target: str | None,
    seed: int | None,
    claims: bool,
    receptors: Path | None,
    check: bool,
) -> int:
    """Run a study and write its report: report.html, report.json, results.nc, study.toml, figures.

    Without a file it is the built-in study: every lever of the review on one cortical population. Finished points are
    kept: after an interruption the same command goes on where it stopped.
    """
    from .validation.report import write_report
    from .validation.study.circuit_study import is_circuit_study
    from .validation.walk import run as walk

    if study is not None and is_circuit_study(study):
        from .validation.pairing.command import asked_circuit, run_and_report

        if claims or receptors is not None:
            raise InputError("the claims ledger is about a population; leave out --claims and --receptors.")
        paired = asked_circuit(study, target, seed)
        with _progress() as progress:
            page, document = run_and_report(paired, output, workers, progress)
        return _judge(document, check, page)
    asked = _asked(study, target, seed, claims, receptors)
    with _progress() as progress:
        result = walk(asked, folder=output, machine=_machine(asked, workers), progress=progress)
    return _judge(result.document, check, write_report(result, output))


@app.command(epilog="Example:  mesobridge report results")
@click.argument("folder", metavar="DIR", type=FOLDER)
@CHECK
def report(folder: Path, check: bool) -> int:
    """Make the report again from the results that `mesobridge run` left in DIR."""
    from .validation.pairing.command import report_again
    from .validation.pairing.result import is_pairing
    from .validation.report import write_report
    from .validation.result import read_result

    if is_pairing(folder):
        page, document = report_again(folder)
        return _judge(document, check, page)
    result = read_result(folder)
    return _judge(result.document, check, write_report(result, folder))


@app.command(
    epilog="Example:  mesobridge explain results --observed change.toml --mechanisms ampa_density,nmda_fraction"
)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--observed", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Observed changes.")
@click.option("--condition", metavar="NAME", help="A condition of DIR as the observation: a test of the method.")
@click.option("--mechanisms", metavar="A,B,...", help="Levers that count as possible; all of DIR by default.")
@click.option("--source", type=click.Choice(["measured", "predicted"]), help="Where the dose curves come from.")
@click.option("--interactions", type=click.Choice(["known", "predicted"]), default="known", help="Also predict pairs.")
@click.option("--target", metavar="NAME", help="Lever (without FILE: feature) whose interval is to be shortened.")
@click.option("-o", "--output", metavar="OUT", type=FOLDER, help="Folder of explain.json and figures; DIR by default.")
def explain(
    folder: Path,
    observed: Path | None,
    condition: str | None,
    mechanisms: str | None,
    output: Path | None,
    **asked: Any,
) -> None:
    """Say which mixtures of mechanisms explain an observed change; without one, which of them data could tell apart.

    FILE is TOML or JSON, e.g. `v50 = { value = "-2 mV", standard_error = "0.3 mV" }`; see docs/inverse.md. The answer
    is written to explain.json, which `mesobridge report DIR` shows.
    """
    from .validation.explain import explain as ask
    from .validation.explain import save_explanation, spoken

    names = [name.strip() for name in mechanisms.split(",")] if mechanisms else None
    answer = ask(folder, observed, condition=condition, mechanisms=names, **asked)
    for line in spoken(answer.document):
        click.echo(line)
    click.echo(f"answer: {save_explanation(answer, output or folder).resolve()}")


app.add_command(fit)


@app.command(epilog="Example:  mesobridge validate L1 L2 --check")
@click.argument("cases", metavar="[CASE ...]", nargs=-1)
@click.option("--check", is_flag=True, help="Exit with status 1 if a number disagrees.")
def validate(cases: tuple[str, ...], check: bool) -> int:
    """Compute published numbers and set ours beside them; all cases if none is named, but for the longest."""
    known = _registry("cases")
    _check_known("case", cases, known)
    wanted = cases or [name for name, case in known.items() if not case.only_by_name]
    rows = [row for name in wanted for row in _case_rows(known[name])]
    failed = sum(not row.agrees for row in rows)
    click.echo(f"{len(rows) - failed} of {len(rows)} numbers agree")
    return NOT_MET if check and failed else DONE


@app.command("list", epilog="Example:  mesobridge list mechanisms")
@click.argument("what", type=click.Choice(list(_REGISTRIES)))
def show(what: str) -> None:
    """Name what the package has, one on a line; models with their published sets, mechanisms with their readings."""
    known = _registry(what)
    if not known:
        click.echo(f"This version has no {what}.")
    for name, line in _columned({name: f"{_summary(thing)}{_sets(thing)}" for name, thing in known.items()}):
        click.echo(line)
        _readings(known[name])


@app.command(epilog="Example:  mesobridge doctor")
@click.option("--trial/--no-trial", default=True, help="Whether to build and run a small simulation.")
def doctor(trial: bool) -> None:
    """Look over this machine: versions, compiler, cache folder, and a small simulation to prove that all works."""
    from .spiking.engine import Machine, describe_machine

    machine = Machine()
    facts = {"mesobridge": version("mesobridge"), "python": f"{sys.version.split()[0]} at {sys.executable}"}
    _columns(facts | describe_machine(machine))
    if trial:
        with _warnings_as_notes(partial(click.echo, err=True)):
            _trial(machine)


def _asked(
    path: Path | None, target: str | None, seed: int | None, claims: bool = False, receptors: Path | None = None
) -> "Study":
    """Return the study with what the command line says in place of what the file says."""
    from .validation.study import builtin_study, read_study

    study = builtin_study() if path is None else read_study(path)
    changes: dict[str, Any] = {} if seed is None else {"seed": seed}
    if target is not None:
        changes["simulation"] = study.simulation.model_copy(update={"target": target})
    if claims or receptors is not None:
        wanted: dict[str, Any] = {"enabled": True} | ({} if receptors is None else {"receptors": str(receptors)})
        changes["ledger"] = study.ledger.model_copy(update=wanted)
    return read_study(dict(study) | changes)


def _machine(study: "Study", workers: int | None) -> "Machine":
    from .spiking.engine import Machine

    wanted: dict[str, Any] = {"target": study.simulation.target, "precision": study.simulation.precision}
    return Machine(**wanted) if workers is None else Machine(**wanted, workers=workers)


@contextmanager
def _progress() -> Iterator[Any]:
    """Yield a progress display on standard error."""
    from .validation.progress import progress_on

    with progress_on(sys.stderr) as progress, _warnings_as_notes(progress.note):
        yield progress


@contextmanager
def _warnings_as_notes(say: Callable[[str], None]) -> Iterator[None]:
    """Turn warnings into plain sentences: without file and line, and without tearing a progress bar."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = lambda message, *_, **__: say(f"note: {message}")
        yield


def _judge(document: Mapping[str, Any], check: bool, page: Path) -> int:
    """Say where the page is and how many verdicts there are of each kind; status 1 if asked to check and one failed."""
    click.echo(f"report: {page.resolve()}")
    verdicts = list(_verdicts(document))
    for verdict in ("holds", "undecided", "fails"):
        click.echo(f"{verdict:>10}: {sum(v == verdict for _, v in verdicts)}")
    if ledger := document.get("ledger"):
        found = Counter(row["verdict"] for row in ledger["rows"])
        click.echo(f"claims ledger: {', '.join(f'{number} {verdict}' for verdict, number in sorted(found.items()))}")
    failed = [name for name, verdict in verdicts if verdict == "fails"]
    for name in failed:
        click.echo(f"not met: {name}", err=check)
    return NOT_MET if check and failed else DONE


def _verdicts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in document["levers"]:
        for feature, item in row["features"].items():
            if item["measured"] is None or item["predicted"] is None:
                continue
            yield f"{row['mechanism']} ({row['mode']}) at {row['amount']:g}, prediction of {feature}", item["verdict"]
    for claim in document["claims"]:
        yield f"claim {claim['id']}: {claim['statement']}", claim["verdict"]
    if circuit := document.get("circuit"):
        for row in circuit["verdicts"]:
            yield f"{row['kind']}: {row['title']}", row["verdict"]
        yield "mean field frozen before the network ran", "holds" if circuit["order"]["kept"] else "fails"


def _registry(what: str) -> Mapping[str, Any]:
    room, name = _REGISTRIES[what]
    return getattr(import_module(f".{room}", __package__), name, {})


def _summary(thing: Any) -> str:
    """Return one line about a thing: its own title, or the first line of its docstring."""
    line = getattr(thing, "lever", None) or getattr(thing, "title", None) or (thing.__doc__ or "").strip()
    return line.splitlines()[0] if isinstance(line, str) and line else ""


def _sets(thing: Any) -> str:
    """Return the published parameter sets of a model, the standard one first, in brackets."""
    published = getattr(thing, "published_sets", None)
    return f"  [{', '.join(published())}]" if published else ""


def _check_known(what: str, names: Iterable[str], known: Mapping[str, Any]) -> None:
    from .validation.study.mistakes import unknown_name

    wrong = [unknown_name(what, name, list(known)) for name in names if name not in known]
    if wrong:
        raise InputError(" ".join(wrong))


def _case_rows(case: Any) -> Any:
    """Print one case, each number of ours beside the published one, and return its rows."""
    click.echo(f"{case.id}  {case.title}  [{case.source}]")
    rows = case.run()
    for row in rows:
        mark = "agrees" if row.agrees else "DIFFERS"
        ours = f"{row.ours:.9g}" if row.standard_error is None else f"{row.ours:.4g} ± {row.standard_error:.2g}"
        click.echo(
            f"    {row.quantity:<40} ours {ours:<16} published {row.published:<13.9g} {row.unit:<5} "
            f"{row.agreeing_digits:4.1f} digits  {mark}"
        )
    return rows


def _trial(machine: "Machine") -> None:
    """Simulate a second of a population with a known answer, and say how long it took."""
    from .spiking import POPULATIONS, SteadyDrive
    from .spiking.engine import simulate

    started = time.monotonic()
    drive = SteadyDrive(levels=(150e-12,), cells=100, duration=1.0)
    recording = simulate(POPULATIONS["escape_rate"](), drive, seed=1, machine=machine)
    rate = float(recording["spike_count"].sum()) / (drive.cells * drive.duration)
    click.echo(f"trial simulation: {rate:.1f} Hz in {time.monotonic() - started:.1f} s; this machine is ready")


def _columns(rows: Mapping[str, str]) -> None:
    for _, line in _columned(rows):
        click.echo(line)


def _columned(rows: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each name with its line."""
    width = max(map(len, rows), default=0)
    for name, text in rows.items():
        yield name, f"{name:<{width}}  {text}"


def _readings(thing: Any) -> None:
    """Print what each mode of a mechanism changes and its default amounts, indented below it."""
    from .spiking import Mechanism
    from .units import to_text

    if not isinstance(thing, Mechanism):
        return
    readings = {mode: thing.reading(mode) for mode in thing.modes}
    amounts = {
        mode: ", ".join(to_text(amount, thing.unit) for amount in reading.amounts) for mode, reading in readings.items()
    }
    _columns({f"    {mode}": f"{reading.lever}  [{amounts[mode]}]" for mode, reading in readings.items()})


def _explain(error: Exception) -> int:
    """Say on standard error what went wrong, in plain words where the cause is known, and return the exit status."""
    if isinstance(error, click.ClickException):
        click.echo(f"mesobridge: {error.format_message()}", err=True)
        return BAD_INPUT
    from .bridge.estimate import EstimateRefused
    from .bridge.prediction import PredictionRefused
    from .bridge.recordings import RecordingError
    from .spiking.engine.errors import EngineError
    from .validation.calibrate import CalibrationError
    from .validation.explain.mistakes import ExplainError
    from .validation.result import ResultError
    from .validation.study import StudyError

    of_results = (StudyError, ResultError, CalibrationError, ExplainError)
    foreseen = (InputError, RecordingError, EstimateRefused, PredictionRefused, *of_results)
    if isinstance(error, foreseen):
        click.echo(f"mesobridge: {error}", err=True)
        return BAD_INPUT
    if isinstance(error, OSError) and error.strerror:
        where = f" at {error.filename}" if error.filename else ""
        click.echo(
            f"mesobridge: {error.strerror}{where}; finished points are kept, mend it and repeat the command.", err=True
        )
        return BAD_INPUT
    if isinstance(error, EngineError):
        click.echo(f"mesobridge: the simulation failed: {error}", err=True)
    else:
        traceback.print_exc()
    return BROKEN


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 done; 1 a verdict asked for with ``--check`` is not met; 2 bad input, said in plain words; 130 interrupted, with
    the finished points kept; 70 a simulation that failed, or a fault of the program with its traceback.
    """
    try:
        return int(app.main(args=arguments, prog_name="mesobridge", standalone_mode=False) or DONE)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; finished points are kept, and the same command goes on from there.", err=True)
        return INTERRUPTED
    except Exception as error:
        return _explain(error)
