"""What the validation's sentences claim, on random packs: each is said where it holds, by the pack's own numbers, and nowhere else."""

from __future__ import annotations

import copy
from collections import Counter
from functools import cache

import numpy as np
import pytest

from reports.frame.wording import said
from reports.model.answers import MIN_DEFAULTS, answers
from reports.model.origins import headline
from reports.model.words import group, span
from tests.unit.reports.locale.said import said_of
from tests.validation_packs import Pack, demo_pack, document

DEMO = document(demo_pack()).to_json()
NOTHING = {"value": None, "low": None, "high": None}
STATED = {"why": "few", "customers": 7}


def drawn(seed: int) -> Pack:
    """The demo's pack with what its sentences hang on drawn anew."""
    draw = np.random.default_rng(seed)
    own = {name: copy.deepcopy(DEMO[name]) for name in ("models", "premium")}
    pack = DEMO | own  # of the rest, what is drawn is put in its place
    coin = lambda chance=0.5: bool(draw.random() < chance)  # noqa: E731 - one word, used often

    def interval(middle: float, half: float) -> Pack:
        value = middle + draw.uniform(-half, half)
        return {"value": value, "low": value - half, "high": value + half}

    test = pack["models"]["lightgbm"]["test"]
    test["roc_auc"] = NOTHING if coin(0.15) else interval(0.8, 0.05)
    if coin():
        del pack["models"]["oracle"]
    pack["segments"] = [
        row | {"defaults": int(draw.integers(0, 25)), "roc_auc": NOTHING if coin(0.2) else interval(0.75, 0.06)}
        for row in pack["segments"][: int(draw.choice([0, 1, 2, 5]))]
    ]  # fmt: skip
    pack["two_by_two"] = [row | ({"roc_auc": NOTHING} if coin(0.3) else {}) for row in pack["two_by_two"]]  # fmt: skip
    pack["parts"] = [row for row in pack["parts"] if row["part"] != "test" or coin(0.85)]
    if coin(0.3):
        pack["parts"] = [row | ({"from": "2019-01-31"} if row["part"] == "test" else {}) for row in pack["parts"]]  # fmt: skip
    pack["as_of"] = [row | ({"roc_auc": NOTHING} if coin(0.3) else {}) for row in pack["as_of"]][: int(draw.choice([0, 1, 12]))]  # fmt: skip
    pack["premium"]["gini"] = (
        NOTHING if coin(0.2) else interval(draw.choice([-0.06, 0.0, 0.06]), 0.03)
    )
    pack["rests_on"] = STATED if coin(0.2) else None
    rows = [row | {"outcome": str(draw.choice(["passed", "failed", "not_applicable"])), "end": 0.7 if coin() else None} for row in pack["checks"]]  # fmt: skip
    stopping = [row["code"] for row in rows if row["outcome"] != "passed" and coin(0.3)]
    pack["checks"] = [row | {"value": None if row["outcome"] == "not_applicable" else draw.uniform(0, 20)} for row in rows]  # fmt: skip
    pack["verdict"] = {"outcome": "failed" if stopping else "passed", "blocking": stopping, "can_block": 5}  # fmt: skip
    return pack


@cache
def packs() -> list[Pack]:
    """Three hundred of them."""
    return [drawn(seed) for seed in range(300)]


def known(row: Pack) -> bool:
    return row["roc_auc"]["value"] is not None


def judged(pack: Pack) -> list[Pack]:
    """Segments that can be judged, weakest first."""
    rows = [row for row in pack["segments"] if known(row) and row["defaults"] >= MIN_DEFAULTS]
    return sorted(rows, key=lambda row: row["roc_auc"]["value"])


def true_of(pack: Pack) -> dict[str, bool]:
    """Which of the answers hold, told from the pack alone."""
    test, gain = pack["models"]["lightgbm"]["test"], pack["premium"]["gini"]
    parts = {row["part"]: row for row in pack["parts"]}
    is_there, segments, has_truth = "test" in parts, judged(pack), "oracle" in pack["models"]
    later = is_there and parts["test"]["from"] >= parts["train"]["until"]
    fresh = next(row for row in pack["two_by_two"] if (row["customers"], row["time"]) == ("new", "out_of_time"))  # fmt: skip
    blocking, checks = pack["verdict"]["blocking"], pack["checks"]
    left = Counter(row["outcome"] for row in checks if row["code"] not in blocking)
    near = [row for row in checks if row["outcome"] == "passed" and (row["end"] or row["value"]) != row["threshold"]]  # fmt: skip
    compares = known(test) and gain["value"] is not None
    return {
        "no_outcomes": not known(test), "how_good": known(test) and not has_truth, "how_good_oracle": known(test) and has_truth,
        "no_segment": not segments, "for_one": len(segments) == 1, "for_whom": len(segments) > 1,
        "overlap": len(segments) > 1 and segments[-1]["roc_auc"]["low"] <= segments[0]["roc_auc"]["high"],
        "new_customers": bool(segments) and known(fresh), "no_test": not is_there, "tested": later, "tested_dealt": is_there and not later,
        "learned": is_there and not pack["rests_on"], "worst_day": is_there and any(map(known, pack["as_of"])),
        "how_sure": is_there, "within": is_there and known(test), "intervals": is_there,
        "no_scorecard": known(test) and gain["value"] is None, "against_pays": compares and gain["low"] > 0,
        "against_costs": compares and gain["high"] < 0, "against_open": compares and gain["low"] <= 0 <= gain["high"],
        "passed": True, "blocking": bool(blocking), "not_blocked": not blocking, "failed_only": left["failed"] > 0,
        "declined": left["not_applicable"] > 0, "nearest": any(row["end"] is None for row in near), "nearest_end": any(row["end"] for row in near),
    }  # fmt: skip


ONE_OF_TWO = {"nearest", "nearest_end"}
"""Where gates of either kind passed, the nearest of them all is told."""


def told(pack: Pack) -> str:
    return " ".join(one.says[0] for one in answers(pack))


def test_each_answer_of_the_committee_is_said_where_it_holds_and_nowhere_else() -> None:
    seen: Counter[tuple[str, bool]] = Counter()
    for pack in packs():
        holds, found = true_of(pack), said_of(told(pack), "model.says")
        found -= (
            {"nearest"} if "nearest_end" in found else set()
        )  # the longer sentence reads like the shorter
        for entry, is_true in holds.items():
            seen[entry, entry in found] += 1
            if entry not in ONE_OF_TWO:
                assert (entry in found) == is_true, (entry, told(pack))
            assert is_true or entry not in found
        assert len(ONE_OF_TWO & found) == (holds["nearest"] or holds["nearest_end"])
    assert set(holds) == said_of_catalogue()
    for entry in set(holds) - {"passed"}:
        assert seen[entry, True] > 5, entry
        assert seen[entry, False] > 5, entry


def said_of_catalogue() -> set[str]:
    from reports.locale.catalogue import catalogue  # noqa: PLC0415 - its entries alone

    return {one.removeprefix("model.says.") for one in catalogue("en").texts if one.startswith("model.says.")}  # fmt: skip


def test_the_answers_name_the_ends_and_the_counts_of_the_pack() -> None:
    """The best segment is the best, the weakest day the weakest; a committee acts on the name as on the number."""
    for pack in packs():
        text, order = told(pack), judged(pack)
        if len(order) > 1:
            names = [group(row["segment"], row["level"])[0] for row in (order[-1], order[0])]
            first, second = (one[0].lower() + one[1:] for one in names)
            assert f"best for {first} (ROC AUC {span(order[-1]['roc_auc'])}) and weakest for {second} (" in text  # fmt: skip
        days = [row for row in pack["as_of"] if known(row)]
        if days and "test" in {row["part"] for row in pack["parts"]}:
            weakest = min(days, key=lambda row: row["roc_auc"]["value"])
            assert f"The weakest date was {weakest['as_of']}: ROC AUC {span(weakest['roc_auc'])}." in text  # fmt: skip
        outcomes = Counter(row["outcome"] for row in pack["checks"])
        assert f"{outcomes['passed']} of {len(pack['checks'])} gates passed." in text
        failed = [row["code"] for row in pack["checks"] if row["outcome"] == "failed" and row["code"] not in pack["verdict"]["blocking"]]  # fmt: skip
        assert not failed or f"Failed without blocking it: {', '.join(failed)}." in text


# the verdict -------------------------------------------------------------------------------------------------------


def test_the_verdict_is_that_of_the_gates_that_stop() -> None:
    """Passed is never said of a model that a gate stops; a stated score is not called passed; nor is quality told that is not known."""
    seen = set()
    for pack in packs():
        blocking, is_known = pack["verdict"]["blocking"], known(pack["models"]["lightgbm"]["test"])
        found = said_of(headline(pack)[0], "verdict")
        outcome = "failed" if blocking else "stated" if pack["rests_on"] else "passed"
        assert found == {outcome, "quality" if is_known else "unknown"}
        assert all(code in headline(pack)[0] for code in blocking)
        seen |= found
    assert seen == {"failed", "stated", "passed", "quality", "unknown"}


@pytest.mark.parametrize("seed", range(5))
def test_the_verdict_counts_the_gates_that_could_stop(seed: int) -> None:
    pack = drawn(seed)
    n = len(pack["verdict"]["blocking"])
    entry = f"{5} gates that can stop registration, {n} do" if n else "5 of them could"
    assert entry in headline(pack)[0] or pack["rests_on"]
    assert said("verdict.unknown")[0] in headline(pack)[0] or "the model gives the defaulter the higher PD" in headline(pack)[0]  # fmt: skip
