"""The verb and the command fit: files in, files out, sentences for what cannot be."""

import json

import numpy as np
import pytest
import xarray as xr

import mesobridge
from mesobridge.bridge.recordings import RecordingError, Spectrum
from mesobridge.cli import main
from mesobridge.meanfield import JansenRit

COLUMN = JansenRit.published(p=60.0)
FREQUENCY = np.arange(1.0, 41.0)
POWER = COLUMN.power_spectrum(FREQUENCY) * np.random.default_rng(1).chisquare(60, 40) / 60


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "column.csv"
    rows = [f"{f},{p * 1e12!r}" for f, p in zip(FREQUENCY, POWER.tolist(), strict=True)]
    path.write_text("\n".join(["frequency (Hz),power (uV^2/Hz)", *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def written(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    result = mesobridge.fit(
        table,
        "jansen-rit",
        "spectrum",
        degrees=60,
        values={"p": "60 Hz"},
        free=["A", "B", "a"],
        starts=2,
        folder=folder,
    )
    return folder, result


def test_a_fit_writes_numbers_page_and_figures(written):
    folder, result = written
    document = json.loads((folder / "fit.json").read_text())
    assert document["schema"] == "mesobridge.fit/1"
    assert document["data"] == {
        "source": "column.csv", "kind": "spectrum", "number": 40, "method": "as given", "band": [1.0, 40.0],
        "degrees": 60.0,
    }  # fmt: skip
    assert [row["name"] for row in document["parameters"]] == ["A", "B", "a", "scale"]
    assert document["model"]["fixed"]["p"] == {"value": 60.0, "unit": "Hz"}
    with xr.open_dataset(folder / "fit.nc") as dataset:
        assert dataset.sizes["datum"] == 40
        assert {"measured", "predicted", "profile_rise", "tried", "deviance"} <= set(dataset)
        assert all("units" in dataset[name].attrs for name in dataset.data_vars)
    page = (folder / "fit.html").read_text()
    assert "What the data determine" in page
    assert page.index("What the data determine") < page.index("Estimates")
    assert not [link for link in ("http://", 'src="/', "src='") if link in page.replace("http://www.w3.org", "")]
    for name in ("fit", "fit-profiles", "fit-identifiability"):
        assert (folder / "figures" / f"{name}.png").stat().st_size > 5000
    assert isinstance(result.model, JansenRit)
    assert result.model.a == pytest.approx(result.fit["a"].best)


def test_open_ends_are_null_in_the_document_and_have_a_sentence(written):
    document = json.loads((written[0] / "fit.json").read_text())
    for row in document["parameters"]:
        if None in row["interval"]:
            assert not row["determined"]
            assert row["standard_error"] is None
            assert row["sentence"]
    assert any(row["determined"] for row in document["parameters"])


def test_the_same_seed_gives_the_same_document(table):
    def document():
        found = mesobridge.fit(
            table, "jansen-rit", "spectrum", degrees=60, values={"p": 60.0}, free=["a"], starts=2, seed=3
        ).document
        found["provenance"].pop("seconds")
        return found

    assert document() == document()


def test_identifiability_is_given_before_any_estimate(table):
    told = []
    mesobridge.fit(
        table, "jansen", "spectrum", degrees=60, values={"p": 60.0}, free=["a"], starts=1, identified=told.append
    )
    assert len(told) == 1
    assert told[0]["directions"][0]["sentence"]


def test_recordings_in_memory_need_no_kind():
    recording = Spectrum(frequency=FREQUENCY, power=POWER, degrees=60.0)
    found = mesobridge.fit(recording, COLUMN, free={"a": ("60 1/s", "150 1/s")}, starts=1)
    assert found.document["parameters"][0]["bounds"] == [60.0, 150.0]
    with pytest.raises(RecordingError, match="of the kind spectrum, not evoked"):
        mesobridge.fit(recording, COLUMN, "evoked")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "nothing"}, "no model 'nothing'"),
        ({"free": ["mass"]}, "no parameter 'mass'"),
        ({"published": "other"}, "no published set 'other'"),
        ({"values": {"p": "60 mV"}}, "dimension"),
        ({"colour": "red"}, "no setting 'colour'"),
        ({"free": []}, "nothing is free|name some"),
        ({"output": "phi"}, "there is no 'phi'"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(settings, said):
    recording = Spectrum(frequency=FREQUENCY, power=POWER, degrees=60.0)
    settings = {"values": {"p": 60.0}, "model": "jansen_rit", "starts": 1} | settings
    with pytest.raises(RecordingError, match=said):
        mesobridge.fit(recording, **settings)


def test_the_command_says_what_is_determined_then_estimates(table, tmp_path, capsys):
    arguments = ["--model", "jansen-rit", "--set", "degrees=60", "--set", "p=60 Hz", "--free", "a=60:150,A"]
    assert main(["fit", str(table), *arguments, "--starts", "1", "-o", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert said.index("What the data determine") < said.index("Estimates (95 % intervals)") < said.index("page: ")
    assert (tmp_path / "out" / "fit.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "degrees of freedom of the spectrum are not stated"),
        (["--model", "jansen-rit", "--set", "degrees=60"], "is unstable"),
        (["--set", "degrees=many"], "cannot read"),
        (["--set", "degrees"], "give it as NAME=VALUE"),
        (["--set", "colour=red"], "no parameter of a model, and no setting of spectrum"),
        (["--set", "background=perhaps"], "say yes or no"),
        (["--kind", "colour"], "no kind of data 'colour'"),
        (["--free", "a=3"], "give bounds as a=LOW:HIGH"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(table, tmp_path, capsys, arguments, said):
    assert main(["fit", str(table), *arguments, "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
