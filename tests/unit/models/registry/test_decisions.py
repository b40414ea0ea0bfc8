"""The log of decisions: every change of it is named, a kill anywhere is finished by whoever comes next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST

from contracts.documents.receipt import Refusal
from contracts.errors import RegistryError
from models.registry.decisions import (
    LONGEST_NAME,
    LONGEST_WHY,
    Decision,
    Log,
    digest_of,
    doubts,
    reigns,
    verified,
)
from models.registry.log import PENDING, DecisionLog, key
from pipelines.errands.history import clocks

DAYS = ("2026-01-05", "2026-02-10", "2026-03-01", "2026-04-20")


def decision(number: int, previous: str, **values: Any) -> Decision:
    """One that makes the version of its number champion, unless told otherwise."""
    told = {
        "number": number,
        "at": f"{DAYS[(number - 1) % 4]}T09:00:00Z",
        "by": "Ann",
        "kind": "promoted",
        "version": str(number),
        "before": str(number - 1) if number > 1 else None,
        "champion": str(number),
        "why": "better",
        "evidence": "e" * 64,
        "previous": previous,
    }
    return Decision.model_validate({**told, **values})


def chain(*values: dict[str, Any]) -> list[Decision]:
    found: list[Decision] = []
    for number, one in enumerate(values, start=1):
        found.append(decision(number, digest_of(found[-1].line) if found else "", **one))
    return found


FOUR = chain({"by": "pipeline"}, {}, {"kind": "withdrawn", "version": "2", "champion": None}, {})
LINES = [one.line for one in FOUR]


def test_a_log_that_nobody_touched_is_read_as_it_was_written() -> None:
    assert verified(LINES, where="m") == tuple(FOUR)


def altered(line: str, **values: Any) -> str:
    return Decision.model_validate({**json.loads(line), **values}).line


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda lines: [lines[0], altered(lines[1], by="Bob"), *lines[2:]], 2),
        (lambda lines: [lines[0], altered(lines[1], champion="1"), *lines[2:]], 2),
        (lambda lines: [altered(lines[0], evidence="f" * 64), *lines[1:]], 1),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [*lines[:3], lines[3].replace("{", "{ ", 1)], 4),
        (lambda lines: [*lines[:3], "what?"], 4),
        (lambda lines: [*lines[:3], lines[3].replace('"why"', '"because"')], 4),
    ],
)
def test_whatever_is_changed_is_named_by_its_line(
    change: Callable[[list[str]], list[str]], named: int
) -> None:
    with pytest.raises(RegistryError, match=f"line {named} is not what was written") as caught:
        verified(change(LINES), where="bonitas-demo")
    assert caught.value.where == f"bonitas-demo > {key(named)}"
    assert "backup" in caught.value.next_step


def test_the_longest_line_fits_into_a_tag() -> None:
    """PostgreSQL keeps 5,000 characters of one, SQLite does not say; quotes count twice in JSON."""
    longest = decision(99_999, "0" * 64, at=f"{DAYS[0]}T09:00:00Z", by='"' * LONGEST_NAME, why='"' * LONGEST_WHY, version="99999", before="99998", champion="99999", bearer="99997", spent=0.1234567890123456)  # fmt: skip
    assert len(longest.line) < 5_000


def test_what_was_given_away_is_summed_until_a_person_promotes() -> None:
    spent = ({"by": "pipeline", "spent": 0.004}, {"by": "pipeline", "spent": 0.005})
    assert Log(tuple(chain(*spent))).spent == pytest.approx(0.009)
    person = {"by": "Ann"}
    assert Log(tuple(chain(*spent, person))).spent == 0.0
    rejected = {"by": "Ann", "kind": "rejected", "version": "9", "champion": "2"}
    assert Log(tuple(chain(*spent, rejected))).spent == pytest.approx(0.009)  # that resets nothing
    assert Log(tuple(chain(*spent, person, spent[0]))).spent == pytest.approx(0.004)


def test_a_correction_that_was_refused_changes_nothing_but_is_in_the_chain() -> None:
    before = chain({"by": "pipeline", "spent": 0.004}, {"by": "pipeline", "spent": 0.005})
    log = Log(tuple(chain({"by": "pipeline", "spent": 0.004}, {"by": "pipeline", "spent": 0.005}, REFUSED | {"version": "2", "champion": "2"})))  # fmt: skip
    assert (log.champion, log.since, log.spent) == ("2", before[1], Log(tuple(before)).spent)
    assert (log.about("2"), log.about("1")) == (before[1], before[1])
    assert [one.version for one in reigns(log.decisions)] == ["1", "2"]
    lines = [one.line for one in log.decisions]
    assert verified(lines, where="m") == log.decisions
    assert json.loads(lines[2])["refused"]["gates"] == [GATE]
    with pytest.raises(RegistryError, match="line 2 is not what was written"):
        verified([lines[0], lines[2]], where="m")
    # its figures are a part of what the next line is bound to
    worse = lines[2].replace('"value":0.01', '"value":0.0101')
    after = decision(4, digest_of(lines[2])).line
    with pytest.raises(RegistryError, match="line 3 is not what was written"):
        verified([*lines[:2], worse, after], where="m")


def test_a_line_of_an_earlier_release_is_read_as_it_was_written() -> None:
    """From before packs, losses and refusals had keys of their own, to the letter."""
    old = (
        '{"number":1,"at":"2026-01-05T09:00:00Z","by":"pipeline","kind":"promoted","version":"1","before":null,"champion":"1","bearer":null,'
        '"why":"the first version whose gates pass","evidence":"e0","spent":0.0,"previous":""}'
    )
    found = verified([old], where="m")
    assert (found[0].line, found[0].refused, found[0].pack) == (old, None, None)


def test_who_was_champion_on_a_day() -> None:
    found = reigns(FOUR)
    assert [(one.version, one.by) for one in found] == [("1", "pipeline"), ("2", "Ann"), (None, "Ann"), ("4", "Ann")]  # fmt: skip

    def on(day: str) -> list[str | None]:
        return [one.version for one in found if one.holds_on(date.fromisoformat(day))]

    assert on("2026-01-04") == []
    assert on("2026-01-05") == ["1"]
    assert on("2026-02-09") == ["1"]
    assert on("2026-02-10") == ["1", "2"]  # it changed at nine
    assert on("2026-02-11") == ["2"]
    assert on("2026-03-15") == [None]
    assert on("2027-01-01") == ["4"]


def test_a_clock_that_was_set_back_leaves_the_order_and_says_what_is_open() -> None:
    """Line 2 was written by a machine a month ahead, line 3 by one that was right."""
    ahead, right = {"at": "2026-02-10T09:00:00Z"}, {"at": "2026-01-10T09:00:00Z"}
    log = Log(tuple(chain({"at": "2026-01-05T09:00:00Z"}, ahead, right, {"at": "2026-01-20T09:00:00Z"})))  # fmt: skip
    found = reigns(log.decisions)
    assert [(one.version, one.line) for one in found] == [("1", 1), ("2", 2), ("3", 3), ("4", 4)]
    assert all(one.until is None or one.until >= one.since for one in found)
    assert [(one.line, one.ahead) for one in doubts(log.decisions)] == [(3, 2), (4, 2)]
    assert not doubts(FOUR)
    now = datetime(2026, 2, 1, tzinfo=UTC)
    assert clocks(log, now, date(2026, 1, 9)) == ["line 2 bears a moment that is yet to come (2026-02-10T09:00:00Z): a clock was ahead, and it was written earlier"]  # fmt: skip
    (open_day, _) = clocks(log, now, date(2026, 1, 15))
    assert open_day.startswith("line 3 bears an earlier moment (2026-01-10 09:00:00 UTC) than line 2 (2026-02-10 09:00:00 UTC)")  # fmt: skip
    assert not clocks(log, datetime(2026, 3, 1, tzinfo=UTC), date(2026, 2, 11))


class Store:
    """Tags and aliases of one registered model, as MLflow answers; killed at one of its writes, before or after it."""

    def __init__(self, dies_at: float = float("inf")) -> None:
        self.tags: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.experiment: dict[str, str] = {}
        self.dies_at, self.writes = dies_at, 0.0

    def _write(self, change: Callable[[], Any]) -> None:
        for work in (lambda: None, change):
            if self.writes >= self.dies_at:
                raise KeyboardInterrupt
            self.writes += 0.5
            work()

    def get_registered_model(self, _: str) -> Any:
        return SimpleNamespace(tags=self.tags)

    def get_model_version_by_alias(self, _: str, alias: str) -> Any:
        if alias not in self.aliases:
            raise MlflowException("no such alias", RESOURCE_DOES_NOT_EXIST)
        return SimpleNamespace(version=self.aliases[alias])

    def set_registered_model_tag(self, _: str, name: str, value: str) -> None:
        self._write(lambda: self.tags.update({name: value}))

    def delete_registered_model_tag(self, _: str, name: str) -> None:
        self._write(lambda: self.tags.pop(name))

    def set_registered_model_alias(self, _: str, alias: str, version: str) -> None:
        self._write(lambda: self.aliases.update({alias: version}))

    def delete_registered_model_alias(self, _: str, alias: str) -> None:
        self._write(lambda: self.aliases.pop(alias))

    def get_experiment_by_name(self, _: str) -> Any:
        return SimpleNamespace(tags=self.experiment, experiment_id="1", lifecycle_stage="active")

    def set_experiment_tag(self, _: str, name: str, value: str) -> None:
        self._write(lambda: self.experiment.update({name: value}))


def prepared(decisions: list[Decision]) -> tuple[Store, DecisionLog]:
    """All but the last of these are decided; its version is the challenger."""
    store = Store()
    log = DecisionLog(store, "m")  # type: ignore[arg-type]
    for one in decisions[:-1]:
        log.add(one)
    store.aliases |= {"challenger": decisions[-1].version, "recalibrated": "7"}
    store.writes = 0.0
    return store, log


def written(decisions: list[Decision]) -> Store:
    """All of these are decided."""
    store, log = prepared(decisions)
    log.add(decisions[-1])
    return store


GATE = {"code": "PD-B1", "outcome": "failed", "value": 0.01, "threshold": 0.02}
REFUSED = {
    "kind": "refused", "version": "1", "champion": "1", "by": "pipeline", "evidence": "d" * 64,
    "refused": Refusal.model_validate(
        {"day": "2026-02-01", "step": "offset", "intercept": 0.3, "slope": 1.0, "curvature": 0.0, "customers": 900, "defaults": 31, "gates": [GATE]}, strict=False
    ),
}  # fmt: skip
REJECTED = {"kind": "rejected", "version": "3", "champion": "1"}
CASES = {
    "first": chain({}),
    "promoted": chain({}, {}),
    "withdrawn": FOUR[:3],
    "back": FOUR,
    "rejected": chain({}, REJECTED),
    "refused": chain({}, REFUSED),
}


@pytest.mark.parametrize("case", CASES)
def test_killed_anywhere_the_next_process_finishes_it(case: str) -> None:
    whole = written(CASES[case])
    assert PENDING not in whole.tags
    last = CASES[case][-1]
    assert whole.aliases.get("champion") == last.champion
    # what waits goes on waiting where a correction was refused: nothing was decided on it
    assert whole.aliases.get("challenger") == (last.version if case == "refused" else None)
    assert whole.aliases["recalibrated"] == "7"
    moments = [number / 2 for number in range(int(2 * whole.writes))]
    assert len(moments) >= 8
    for moment in moments:
        store, log = prepared(CASES[case])
        store.dies_at = moment
        with pytest.raises(KeyboardInterrupt):
            log.add(last)
        store.dies_at = float("inf")
        log.finish()
        if moment < 1:  # nothing was written yet, so nothing was decided
            assert log.read().decisions == tuple(CASES[case][:-1])
            log.add(last)
        assert (store.tags, store.aliases) == (whole.tags, whole.aliases), moment
        log.finish()
        assert (store.tags, store.aliases) == (whole.tags, whole.aliases)


def test_a_last_line_that_was_rewritten_or_cut_off_is_found_though_no_line_comes_after_it() -> None:
    for change in (
        lambda tags: tags.update({key(4): FOUR[3].line.replace("better", "worse")}),
        lambda tags: tags.update({key(4): decision(4, FOUR[3].previous, by="Bob").line}),
        lambda tags: tags.pop(key(4)),
    ):
        store = written(FOUR)
        change(store.tags)
        with pytest.raises(RegistryError, match=r"line [34] is not what was written(.|\n)*the note of it"):  # fmt: skip
            DecisionLog(store, "m").read()  # type: ignore[arg-type]


def test_a_line_that_another_writes_between_both_questions_is_no_change_of_the_log() -> None:
    store, log = prepared(FOUR)
    asked = store.get_experiment_by_name

    def meanwhile(name: str) -> Any:
        store.get_experiment_by_name = asked  # type: ignore[method-assign]
        DecisionLog(store, "m").add(FOUR[3])  # type: ignore[arg-type]
        return asked(name)

    store.get_experiment_by_name = meanwhile  # type: ignore[method-assign]
    assert log.read().decisions == tuple(FOUR)


def test_a_note_of_a_line_that_was_overtaken_does_not_stay() -> None:
    """Without a lock: theirs takes the place of ours after it was written, and ours notes last."""
    store = written(CASES["first"])
    ours = decision(2, digest_of(CASES["first"][0].line))
    theirs = decision(2, ours.previous, by="Bob", version="8", champion="8")
    log = DecisionLog(store, "m")  # type: ignore[arg-type]
    original = log.finish

    def overtaken() -> None:
        original()
        store.tags[key(2)] = theirs.line

    log.finish = overtaken  # type: ignore[method-assign]
    with pytest.raises(RegistryError, match="Somebody else decided"):
        log.add(ours)
    assert DecisionLog(store, "m").read().decisions[-1] == theirs  # type: ignore[arg-type]


def test_a_pending_line_that_continues_another_log_is_refused() -> None:
    store = written(CASES["promoted"])
    store.tags[PENDING] = decision(3, "0" * 64).line
    with pytest.raises(RegistryError, match="line 3 is not what was written"):
        DecisionLog(store, "m").finish()  # type: ignore[arg-type]
    assert store.aliases["champion"] == "2"


def test_two_that_decide_at_once_without_a_lock_do_not_both_think_they_did() -> None:
    store = written(CASES["first"])
    ours = decision(2, digest_of(CASES["first"][0].line))
    theirs = decision(2, ours.previous, by="Bob", version="8", champion="8")
    log = DecisionLog(store, "m")  # type: ignore[arg-type]
    original = log.finish

    def overtaken() -> None:
        store.tags[PENDING] = theirs.line
        original()

    log.finish = overtaken  # type: ignore[method-assign]
    with pytest.raises(RegistryError, match="at the same moment"):
        log.add(ours)
    assert log.read().champion == store.aliases["champion"] == "8"
