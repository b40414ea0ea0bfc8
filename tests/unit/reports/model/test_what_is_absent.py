"""Why a table of the validation has no row, and what stands beside a table: each said where it is so, and nowhere else."""

from __future__ import annotations

import copy
import re
from html import unescape
from typing import Any

import pytest

from reports.locale.catalogue import catalogue
from reports.model import page, sheets
from reports.model.grades import selective_sentence, true_of
from reports.model.shipped import shipped_sentence
from reports.model.words import gate_told
from tests.unit.reports.locale.said import said_of
from tests.validation_packs import Pack, demo_pack, document, listed_pack

DEMO, LISTED = (document(make()).to_json() for make in (demo_pack, listed_pack))
STATED = {"why": "few", "customers": 7, "needed": 20, "long_run_rate": 0.03, "stated_pd": 0.03, "mean_pd": 0.027, "data_share": 0.2, "level_share": 0.5, "points_share": 0.2, "inputs": 12, "absent": ()}  # fmt: skip
EMPTY: dict[str, Any] = {"method": "identity", "candidates": [], "origins": 0, "lost": []}


def absent(pack: Pack) -> set[str]:
    """The entries that stand where a table has no row, and only there."""
    texts = {catalogue("en").texts[one]: one.removeprefix("model.absent.") for one in catalogue("en").texts if one.startswith("model.absent.")}  # fmt: skip
    return {texts[table.absent[0]] for table in sheets.tables(pack) if not table.rows}


def without(pack: Pack, path: str, value: Any) -> Pack:
    """The pack with one part of it replaced: `lightgbm.tried`."""
    made = copy.deepcopy(pack)
    *way, last = path.split(".")
    place = made
    for one in way:
        place = place[one]
    place[last] = value
    return made


CASES: list[tuple[str, Any, str]] = [
    ("as_of", [], "as_of"), ("segments", [], "segments"), ("stability", [], "stability"), ("origins", [], "origins"), ("open_years", [], "open_years"), ("earned", {"years": [], "together": None}, "earned"), ("migrations.n", 0, "migrations"),
    ("lightgbm.calibration", EMPTY, "candidates"), ("search", None, "importance"), ("search.importance", [], "importance_alone"),
    ("selection", None, "selection"), ("selection.method", "none", "selection"), ("scorecard.features", [], "scorecard"), ("roc", {}, "roc"),
    ("reliability", {}, "reliability"), ("selective.segments", [], "selective"), ("selective.truth", None, "truth"), ("shipped", None, "shipped"),
    ("shipped.grades", [], "shipped"), ("checks", [], "rows"), ("findings", [], "rows"), ("parts", [], "rows"), ("grades", [], "rows"), ("tests", [], "rows"),
    ("lightgbm.members", [], "rows"), ("lightgbm.tried", [], "rows"), ("score_distribution", [], "rows"), ("two_by_two", [], "rows"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "entry"), CASES)
def test_a_table_says_why_it_has_no_row_and_that_alone(path: str, value: Any, entry: str) -> None:
    """The demo's pack lacks nothing; without one part it says so, and nothing else."""
    assert absent(DEMO) == set()
    assert absent(without(DEMO, path, value)) == {entry}


def test_every_reason_has_its_case() -> None:
    entries = {one.removeprefix("model.absent.") for one in catalogue("en").texts if one.startswith("model.absent.")}  # fmt: skip
    assert {entry for *_, entry in CASES} | {"origins_stated", "candidates_stated"} == entries


def test_a_stated_score_is_not_said_to_lack_what_it_never_had() -> None:
    """Neither earlier origins nor a calibrator was refused: there is nothing to fit again, or to calibrate."""
    bare = without(without(DEMO, "origins", []), "lightgbm.calibration", EMPTY)
    assert absent(bare) == {"origins", "candidates"}
    assert absent(bare | {"rests_on": STATED}) == {"origins_stated", "candidates_stated"}


def english(html: str) -> str:
    """The visible English of a page."""
    bare = re.sub(r"<(style|script)\b.*?</\1>|<span lang=\"zh-Hans\">.*?</span>", "", html, flags=re.DOTALL)  # fmt: skip
    return unescape(re.sub(r"<[^>]+>", "", bare))


def beside(pack: Pack) -> set[str]:
    """The sentences beside tables that the page says, by entry."""
    found = said_of(english(page.render(document(pack))), "model")
    return found & {"judged_later", "migrations", "search", "selection", "scorecard", "true_of"}


def test_a_note_stands_beside_a_table_that_is_there() -> None:
    everything = {"judged_later", "migrations", "search", "selection", "scorecard"}
    taken = without(DEMO, "models.oracle.test.n", DEMO["models"]["oracle"]["test"]["n"] - 5)
    assert beside(taken) - {"judged_later"} == {*everything, "true_of"} - {"judged_later"}
    bare = DEMO
    for path, value in (("lightgbm.calibration", EMPTY), ("search", None), ("selection", None), ("scorecard.features", []), ("migrations", LISTED["migrations"])):  # fmt: skip
        bare = without(bare, path, value)
    assert beside(bare) == set()


@pytest.mark.parametrize(("origins", "candidates", "is_said"), [(3, True, True), (0, True, False), (3, False, False)])  # fmt: skip
def test_methods_were_judged_later_where_there_were_origins(origins: int, candidates: int, *, is_said: bool) -> None:  # fmt: skip
    pack = without(DEMO, "lightgbm.calibration.origins", origins)
    if not candidates:
        pack = without(pack, "lightgbm.calibration.candidates", [])
    assert ("judged_later" in beside(pack)) == is_said


def test_a_sample_dealt_by_customer_is_nowhere_called_later() -> None:
    dealt = without(DEMO, "parts", [row | {"from": "2019-01-31", "until": "2023-01-01"} for row in DEMO["parts"]])  # fmt: skip
    for pack, is_later in ((DEMO, True), (dealt, False)):
        text = english(page.render(document(pack)))
        assert ("Out-of-time test sample" in text) == ("Tested out of time" in text) == is_later
        assert ("Test, out of time" in text) == is_later
        assert ("other customers at the same time" in text) == (not is_later)


def test_truth_is_told_of_the_rows_it_is_known_for() -> None:
    """Of 41,300 rows with 868 defaults the truth is known for 41,285 with 853: fifteen are left out, all defaulted."""
    assert true_of(DEMO) is None
    assert true_of(LISTED) is None
    pack = without(DEMO, "models.oracle.test", DEMO["models"]["oracle"]["test"] | {"n": 41_285, "defaults": 853})  # fmt: skip
    told = true_of(pack)
    assert told is not None
    assert "known for 41,285 of the 41,300 observations; the others, 15 defaults among them" in told[0]  # fmt: skip


# what ships, and what the data cannot show ----------------------------------------------------------------------------


def test_what_ships_is_said_to_be_refitted_only_where_it_was() -> None:
    def shipped(**changes: Any) -> set[str]:
        told = shipped_sentence(DEMO | {"shipped": DEMO["shipped"] | changes})
        return said_of("" if told is None else told[0], "model.shipped")

    assert shipped() == {"all", "weighed", "agree", "level"}
    assert shipped(rank=None) == {"all", "weighed", "level"}
    assert shipped(level=None) == {"all", "weighed", "agree"}
    assert shipped(weighed=None) == {"all", "agree", "level"}
    assert shipped(policy="train") == shipped(policy="train_and_calibrate") == {"same"}
    assert shipped_sentence(LISTED) is None


def test_what_is_said_of_hidden_defaults_is_so() -> None:
    def told(**changes: Any) -> set[str]:
        pack = DEMO | {"selective": DEMO["selective"] | changes}
        return said_of(" ".join(one[0] for one in selective_sentence(pack)), "model.selective")

    rows, truth = DEMO["selective"]["segments"], DEMO["selective"]["truth"]
    granted = [row | {"no_exposure": False} for row in rows]
    hidden = [granted[0] | {"no_exposure": True}, *granted[1:]]
    tight = truth | {"constrained": truth["constrained"] | {"n": 12}}
    assert told(segments=granted, truth=tight) == {"granted", "constrained"}
    assert told(segments=hidden, truth=tight) == {"hidden", "constrained"}
    assert told(segments=granted, truth=truth | {"constrained": truth["constrained"] | {"n": 0}}) == {"granted"}  # fmt: skip
    assert told(segments=granted, truth=None) == {"granted"}
    assert told(available=False) == {"no_ledger"}


def test_a_gate_names_an_input_by_what_it_measures() -> None:
    """Its name stands behind it, for whoever must find it in a config; one without words is told by its name alone."""
    name = next(iter(DEMO["words"]))
    row = DEMO["checks"][0] | {"code": "PD-L1", "outcome": "passed", "values": {"n": 3, "found": 0, "checked": 0, "input": name, "alone": 0.8}}  # fmt: skip
    english, chinese = gate_told(DEMO, row)
    assert f"The strongest alone, Average days late, window 0 ({name}), reaches ROC AUC 0.800" in english  # fmt: skip
    assert f"平均逾期天数（窗口 0） ({name})" in chinese
    unheard = gate_told(DEMO, row | {"values": row["values"] | {"input": "x_90"}})
    assert "The strongest alone, x_90, reaches" in unheard[0]
