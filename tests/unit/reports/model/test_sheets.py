"""The sheets of the model validation, read back by another library: equal to the pack, complete, inert, repeatable."""

from __future__ import annotations

import io
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from pipelines import paths
from pipelines.report import report
from pipelines.settings import load
from reports.model import sheets
from reports.model.sheets import tables
from reports.model.words import MEASURES
from tests.validation_packs import demo_pack, document, listed_pack

FORMULA = '=cmd|" /C calc"!A1'


def render(pack: dict[str, Any]) -> bytes:
    return sheets.render(document(pack))


def opened(pack: dict[str, Any]) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(render(pack)))


def rows(book: CalamineWorkbook, name: str) -> list[dict[str, Any]]:
    """A sheet's rows under its English headings; an empty cell reads back as an empty text."""
    head, *body = book.get_sheet_by_name(name).to_python()
    return [
        dict(zip([str(title).split("\n")[0] for title in head], row, strict=True)) for row in body
    ]


def test_every_table_has_a_sheet_with_headings_in_both_languages() -> None:
    book = opened(demo_pack())
    assert len(book.sheet_names) == len(tables(document(demo_pack()).to_json())) == 29
    for name in book.sheet_names:
        head = [str(title) for title in book.get_sheet_by_name(name).to_python()[0]]
        assert any(re.search(r"[\u4e00-\u9fff]", title) for title in head), name
        assert any(re.search(r"[A-Za-z]{3}", title) for title in head), name


def test_all_measures_read_back_equal_the_pack() -> None:
    pack = demo_pack()
    found = iter(rows(opened(pack), "All measures"))
    for model in ("lightgbm", "scorecard", "oracle"):
        for values in pack["models"][model].values():
            for key in MEASURES:
                row, wanted = next(found), values[key]
                value = wanted["value"] if isinstance(wanted, dict) else wanted
                got = [row[title] for title in row if title.startswith("Value")]
                assert got[0] == pytest.approx(value, abs=1e-12)
                if isinstance(wanted, dict):
                    assert got[1:] == pytest.approx([wanted["low"], wanted["high"]], abs=1e-12)
                assert (row["Observations"], row["Defaults"]) == (values["n"], values["defaults"])
    assert next(found, None) is None


def test_segments_and_grades_read_back_equal_the_pack() -> None:
    pack = demo_pack(10)  # the page shows a part, the sheet all
    found = {(row["By"], row["Segment"]): row for row in rows(opened(pack), "Segments")}
    assert len(found) == len(pack["segments"]) == 150
    food = next(row for row in pack["segments"] if row["level"] == "food")
    row = found["Industry", "food"]
    assert row["ROC AUC: model"] == food["roc_auc"]["value"]
    assert row["ROC AUC: model, from"] == food["roc_auc"]["low"]
    assert row["Expected default rate"] == pytest.approx(food["mean_pd"], abs=1e-12)
    assert row["Observed over expected"] == food["observed_to_expected"]["value"]
    for row, wanted in zip(rows(opened(pack), "Grades"), pack["grades"], strict=True):
        assert row["Observed default rate"] == pytest.approx(wanted["rate"], abs=1e-12)
        assert row["Observed default rate, to"] == pytest.approx(wanted["high"], abs=1e-12)
        assert row["p-value (binomial)"] == wanted["binomial_p"]


def test_scorecard_moves_and_gates_are_complete() -> None:
    pack = demo_pack(10)
    book = opened(pack)
    bins = [one for feature in pack["scorecard"]["features"] for one in feature["bins"]]
    points = sorted(row["Points"] for row in rows(book, "Scorecard"))
    assert points == pytest.approx(sorted(one["points"] for one in bins))
    moved = [[row[f"to {place}"] for place in range(1, 11)] for row in rows(book, "Migrations")]
    assert moved == pack["migrations"]["matrix"]
    assert [row["Gate"] for row in rows(book, "Gates")] == [one["code"] for one in pack["checks"]]


def test_a_name_is_a_text_and_never_a_formula() -> None:
    pack = demo_pack()
    pack["segments"][0]["level"] = FORMULA
    pack["checks"][2]["waiver"] = "=1+1"
    pack["title"] = "https://evil.example"
    with zipfile.ZipFile(io.BytesIO(render(pack))) as file:
        sheets = {name: file.read(name).decode() for name in file.namelist() if name.endswith(".xml")}  # fmt: skip
    assert not [name for name, text in sheets.items() if "<f>" in text or "hyperlink" in text]
    book = opened(pack)
    assert FORMULA in [row["Segment"] for row in rows(book, "Segments")]
    assert any(str(row["What was found"]).endswith("Waived: =1+1.") for row in rows(book, "Gates"))


def test_equal_packs_give_equal_bytes_whenever_they_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = render(demo_pack())
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 1e6)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(0))
    assert render(demo_pack()) == first
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = file.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2000-01-01T00:00:00Z"}


def test_headings_are_frozen_and_numbers_have_formats() -> None:
    with zipfile.ZipFile(io.BytesIO(render(demo_pack()))) as file:
        sheets = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets/sheet")]  # fmt: skip
        styles = file.read("xl/styles.xml").decode()
    assert len(sheets) == 29
    for sheet in sheets:
        assert '<pane ySplit="1" topLeftCell="A2"' in sheet
        assert "<cols>" in sheet
    assert 'formatCode="0.0000"' in styles
    assert 'formatCode="0.00%"' in styles


def test_a_sheet_without_rows_says_why() -> None:
    book = opened(listed_pack())
    for name in ("Search", "Selection", "Migrations", "Stability", "Truth by limit"):
        body = book.get_sheet_by_name(name).to_python()
        assert len(body) == 2
        assert re.search(r"[a-z]{3}.*[\u4e00-\u9fff]", str(body[1][0])), name


def test_the_stage_writes_page_and_sheets_from_the_pack_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load()
    monkeypatch.chdir(tmp_path)
    document(demo_pack()).write(paths.MODEL_VALIDATION_JSON)
    line = report(settings, ("model", "sheets"))
    assert re.fullmatch(
        r"reports/validation_model.html of \d+ kB, reports/validation_model.xlsx of \d+ kB", line
    )
    assert paths.MODEL_VALIDATION_XLSX.read_bytes() == render(demo_pack())
    assert paths.MODEL_VALIDATION_HTML.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "validation_model.html", "validation_model.json", "validation_model.xlsx",
    ]  # fmt: skip
