"""What differs between two records of DVC: only what leads to the test rows, each change once, in the order of the flow."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from contracts.documents.comparison import Code, Setting
from contracts.recorded import md5_of
from models.comparison.changes import changes

LOCK: dict[str, Any] = {
    "stages": {
        "evaluate": {
            "deps": [{"path": "data/model/calibrator.json", "md5": "c1"}, {"path": "src/models/gates", "md5": "g1"}],
            "outs": [{"path": "data/scored/test.parquet", "md5": "t1"}],
        },
        "label": {
            "params": {"configs/portfolios/demo.yaml": {"default": {"preset": "irb_90dpd"}, "horizon_months": 12}},
            "outs": [{"path": "data/interim/cohort.parquet", "md5": "o1"}],
        },
        "calibrate": {
            "deps": [{"path": "data/interim/cohort.parquet", "md5": "o1"}],
            "params": {"configs/params.yaml": {"calibrate.methods": ["identity", "platt"], "calibrate.folds": 5}},
            "outs": [{"path": "data/model/calibrator.json", "md5": "c1"}],
        },
        "register": {
            "deps": [{"path": "data/scored/test.parquet", "md5": "t1"}],
            "params": {"configs/params.yaml": {"calibrate.methods": ["identity", "platt"]}},
            "outs": [{"path": "data/model/receipt.json", "md5": "r1"}],
        },
    }
}  # fmt: skip


def test_nothing_differs_from_itself() -> None:
    found = changes(LOCK, deepcopy(LOCK))
    assert (found.settings, found.data, found.code) == ((), (), ())


def test_settings_data_and_code_that_differ_are_told_and_no_more() -> None:
    after = deepcopy(LOCK)
    stages = after["stages"]
    stages["calibrate"]["params"]["configs/params.yaml"]["calibrate.methods"] = ["platt"]
    stages["calibrate"]["outs"][0]["md5"] = stages["evaluate"]["deps"][0]["md5"] = "c2"
    stages["evaluate"]["deps"][1]["md5"] = "g2"
    stages["evaluate"]["outs"][0]["md5"] = "t2"
    found = changes(LOCK, after)
    # register still says what it read in an earlier run; it leads to nothing that is compared
    assert found.settings == (
        Setting(key="configs/params.yaml:calibrate.methods", before=("identity", "platt"), after=("platt",)),
    )  # fmt: skip
    assert found.data == ("data/model/calibrator.json", "data/scored/test.parquet")
    assert found.code == (Code(stage="evaluate", files=("src/models/gates",)),)


def test_a_key_that_only_one_has_is_told_with_nothing_on_the_other_side() -> None:
    after = deepcopy(LOCK)
    default = after["stages"]["label"]["params"]["configs/portfolios/demo.yaml"]["default"]
    default["days"] = 60
    (found,) = changes(LOCK, after).settings
    assert (found.key, found.before, found.after) == ("configs/portfolios/demo.yaml:default.days", None, 60)  # fmt: skip


def test_the_hash_of_an_output() -> None:
    assert md5_of(LOCK, "data/scored/test.parquet") == "t1"
    assert md5_of(LOCK, "data/none") is None
    assert md5_of({}, "data/none") is None
