"""Who becomes champion: a person with a name and a reason, or the pipeline within its margin; all of it written down."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.errors import BonitasError, ConfigError, RegistryError
from contracts.files import write_json
from contracts.tables.derived import MATRIX
from contracts.tables.store import read_table, write_table
from models.registry.decisions import Decision
from models.registry.log import CHAMPION, key
from models.registry.registry import Registry, champion_card
from models.registry.shelf import FOUND, ORIGIN
from pipelines.errands.decide import decide
from pipelines.errands.history import history
from pipelines.errands.promote import demote, promote
from pipelines.monitor import monitor
from pipelines.register import register
from pipelines.settings import load
from tests.registry_at_once import in_a_process
from tests.serve_project import (
    ROOT,
    URI,
    Book,
    environment,
    inside,
    receipt,
    stand_in_git,
    write_model,
)


@pytest.fixture(scope="module")
def two(registered: Path, book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed project with a champion of 40 trees and a challenger of 38."""
    root = tmp_path_factory.mktemp("two") / "project"
    shutil.copytree(registered, root)
    stand_in_git(root)
    with inside(root):
        write_model(root, book, trees=38)
        register(load())
    return root


def decisions(registry: Registry) -> tuple[Decision, ...]:
    return registry.log.read().decisions


@pytest.mark.long
def test_the_pipeline_promotes_within_its_margin_and_never_against_a_person(
    own: Registry, book: Book
) -> None:
    assert own.crowned() == "1"
    params = Path("configs/params.yaml")
    text = params.read_text()
    params.write_text(text.replace("margin: 0.02", "margin: 0.5"))
    assert "not committed: configs/params.yaml" in decide(load())
    assert own.crowned() == "1"
    params.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "grown-aunt")
        assert "experiment grown-aunt" in decide(load())
    line = decide(load())
    assert re.search(r"version 2 is champion: log loss [+−]\d", line), line
    last = decisions(own)[-1]
    assert (last.by, last.kind, last.before, last.champion) == ("pipeline", "promoted", "1", "2")
    assert 0 < last.spent < 0.02
    assert (own.crowned(), own.alias_of("2")) == ("2", CHAMPION)
    assert decide(load()) == "bonitas-demo version 2 is champion"
    # what is plainly worse waits, and says by how much
    write_model(Path(), book, trees=1)
    register(load())
    assert re.search(r"version 3 waits for a person .* given away before 0\.\d\d%, margin 2\.00%", decide(load()))  # fmt: skip
    # back to the first by a person: the pipeline does not undo it, and its margin is whole again
    promote(load(), "1", "Ann", "the level drifted")
    assert own.log.read().spent == 0.0
    write_model(Path(), book, trees=38)
    register(load())
    assert re.search(r"version 2: replaced on \S+ by Ann, and stays so", decide(load()))
    demote(load(), "3", "Bob", "too crude")
    write_model(Path(), book, trees=1)
    register(load())
    assert re.search(r"version 3: rejected on \S+ by Bob, and stays so", decide(load()))
    assert own.crowned() == "1"
    # what an experiment left here is not what the stages make of the committed code
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "grown-aunt")
        write_model(Path(), book, trees=50)
        register(load())
    assert "it is not what the stages make here now" in decide(load())
    # what is better costs nothing, however little is left
    params.write_text(text.replace("margin: 0.02", "margin: 0.0"))
    stand_in_git(Path())
    promote(load(), "3", "Ann", "to see what follows")
    write_model(Path(), book, trees=60)
    register(load())
    assert "version 5 is champion: log loss −" in decide(load())
    assert decisions(own)[-1].spent == 0.0


def test_who_was_overtaken_is_told_what_was_decided_meanwhile(own: Registry) -> None:
    """Bob means to withdraw champion 1, a moment after Ann made 2 champion; Cy, who knows of neither, brings 1 back."""
    promote(load(), "2", "Ann", "better")
    day = decisions(own)[-1].at[:10]
    told = demote(load(), "1", "Bob", "wrong currency")
    assert told.endswith(f"version 1 rejected; line 3 of the log. Champion is version 2: {day}, Ann: better")  # fmt: skip
    told = promote(load(), "1", "Cy", "back")
    assert told.endswith(f"line 4 of the log. It had been rejected: {day}, Bob: wrong currency")
    assert promote(load(), "2", "Cy", "forth").endswith("line 5 of the log")


def test_a_persons_decision_is_written_down_and_told(
    own: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote(load(), "2", " Ann  Weber ", "fewer trees,\nas good") == (
        "bonitas-demo version 2 is champion in place of version 1; line 2 of the log"
    )
    first, last = decisions(own)
    assert (last.by, last.why, last.bearer) == ("Ann Weber", "fewer trees, as good", None)
    assert len({first.evidence, last.evidence}) == 2
    assert own.alias_of("2") == CHAMPION
    assert champion_card(URI, "demo")["version"] == "2"  # type: ignore[index]
    assert promote(load(), "1", "Bob", "back").endswith("in place of version 2; line 3 of the log")
    assert "withdrawn: there is no champion now" in demote(load(), "1", "Bob", "wrong data")
    assert champion_card(URI, "demo") is None
    assert decide(load()).endswith("by Bob, and stays so"), "nobody but a person fills the place"
    with pytest.raises(RegistryError, match=r"There is no champion of 'demo'\.") as told:
        own.required_champion()
    assert "bonitas promote VERSION" in told.value.next_step, (
        "what is advised does help: retraining would not"
    )
    assert told.value.next_step.endswith("1, 2.")
    line = history(load(), None)
    assert line == "bonitas-demo has no champion; 4 decisions, each bound to the one before"
    shown = capsys.readouterr().out
    assert "fewer trees, as good" in shown
    assert "wrong data" in shown
    day = last.at[:10]
    told = history(load(), day)
    shown = capsys.readouterr().out.splitlines()
    # each of the day's decisions with its evidence beneath it, looked up again
    assert [one.split()[0] for one in shown[::2]] == [str(one.number) for one in decisions(own)]
    assert all("unchanged: gates " in one and "evidence.json" in one for one in shown[1::2])
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    code = {"1": "of no known commit", "2": f"of commit {head[:12]}; "}
    assert all(code[one.split()[1].rstrip(",")] in one for one in shown[1::2])
    own.client.set_model_version_tag(own.name, "2", "seal", "0" * 64)
    history(load(), day)
    shown = capsys.readouterr().out
    assert "version 2, evidence " in shown
    assert "NOT what lies in the registry now" in shown
    assert re.search(rf"on {day}: .*version 1 .* then version 2 .* then version 1 .* then no champion", told)  # fmt: skip
    assert "the log begins on" in history(load(), "2020-01-01")
    for wrong in ("2199-01-01", "yesterday"):
        with pytest.raises(ConfigError, match="day"):
            history(load(), wrong)


def test_a_champion_that_needs_what_is_no_longer_delivered_is_made_and_said_so(own: Registry) -> None:  # fmt: skip
    matrix = Path("data/features/matrix.parquet")
    held = read_table(matrix, MATRIX)
    write_table(held.drop(columns="statement_equity_ratio"), matrix, MATRIX)
    said = promote(load(), "2", "Ann", "the feed will be back on Monday")
    assert "line 2 of the log. Of its 5 inputs 1 are not in data/features/matrix.parquet (statement_equity_ratio)" in said  # fmt: skip
    write_table(held, matrix, MATRIX)
    assert promote(load(), "1", "Ann", "back").endswith("line 3 of the log")
    matrix.unlink()
    assert promote(load(), "2", "Ann", "a clone without data").endswith("line 4 of the log")
    assert own.crowned() == "2"


@pytest.mark.parametrize(
    ("number", "by", "why", "said"),
    [
        ("7", "Ann", "better", r"no version '7'.*1 \(champion\), 2 \(challenger\)"),
        ("champion", "Ann", "better", "no version 'champion'"),
        ("2", "Ann", " - ", "needs a name and a reason.*--why"),
        ("2", "", "better", "needs a name and a reason.*--by"),
        ("2", "Pipeline", "better", "decides by its own rule"),
        ("2", "Ann", "bet\x1b[2Jter", "cannot be printed"),
        ("2", "Ann", "x" * 1001, r"1,001 characters; 1,000 are kept"),
        ("1", "Ann", "better", "is the champion already"),
    ],
)
def test_what_is_no_decision_is_refused(
    two: Path, number: str, by: str, why: str, said: str
) -> None:
    with inside(two):
        before = decisions(Registry(URI, "demo"))
        with pytest.raises(RegistryError) as caught:
            promote(load(), number, by, why)
        assert re.search(said, str(caught.value), flags=re.DOTALL), str(caught.value)
        assert decisions(Registry(URI, "demo")) == before


def test_an_alias_that_was_moved_behind_the_log_is_not_used(own: Registry) -> None:
    own.client.set_registered_model_alias(own.name, CHAMPION, "2")  # as in MLflow's page

    def refuse(said: str) -> None:
        uses = (
            lambda: monitor(load()),
            lambda: register(load()),
            lambda: decide(load()),
            lambda: champion_card(URI, "demo"),
            lambda: own.asked(CHAMPION),
        )
        for use in uses:
            with pytest.raises(BonitasError, match=said) as caught:
                use()
            assert "bonitas promote NUMBER" in caught.value.next_step

    refuse("moved by somebody whom the log of decisions does not know")
    assert own.asked("2").version == "2", "by its number it is what it is"
    assert "version 1 (" in history(load(), decisions(own)[0].at[:10]), "the log is what counts"
    promote(load(), "2", "Ann", "it was me, in MLflow")
    assert (own.crowned(), decisions(own)[-1].bearer) == ("2", "2")
    own.client.delete_model_version(own.name, "2")  # MLflow takes the alias with it
    own.client.set_registered_model_alias(own.name, CHAMPION, "1")
    with pytest.raises(RegistryError, match=r"There is no champion any more: version 2, .* by Ann"):
        monitor(load())
    promote(load(), "1", "Ann", "what is left")
    assert decisions(own)[-1].lost is not None
    # a log that is gone is no log of before there was one
    for number in range(1, 4):
        own.client.delete_registered_model_tag(own.name, key(number))
    refuse("the log of decisions is gone")
    promote(load(), "1", "Ann", "the log was lost")
    assert [(one.number, one.before, one.bearer) for one in decisions(own)] == [(1, None, "1")]
    line = decisions(own)[0].line
    bob = line.replace('"Ann"', '"Bob"')
    own.client.set_registered_model_tag(own.name, key(1), bob)
    with pytest.raises(RegistryError, match=r"line 1 is not what was written(.|\n)*the note of it"):
        own.crowned()  # no line follows it, but it was noted
    own.client.set_registered_model_tag(own.name, key(1), line)
    demote(load(), "1", "Ann", "end")
    own.client.set_registered_model_tag(own.name, key(1), bob)
    with pytest.raises(RegistryError, match="line 1 is not what was written"):
        own.crowned()


def test_a_clock_that_was_set_back_is_told_to_who_decides_and_to_who_asks(
    own: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = decisions(own)[0].at[:10]
    monkeypatch.setattr("pipelines.errands.promote.now", lambda: "2026-01-31T09:00:00Z")
    said = promote(load(), "2", "Ann", "better")
    assert "Look at the clock of this machine: line 2 bears an earlier moment (2026-01-31 09:00:00 UTC) than line 1" in said  # fmt: skip
    for asked in ("2026-01-31", "2026-03-15", day):
        assert "who was champion between these moments is not" in history(load(), asked)
    assert "clock" not in history(load(), "2026-01-30")
    assert f"version 2 ({day}" in history(load(), day), "it is champion since the first line at the earliest"  # fmt: skip


def test_a_registry_of_before_the_log_goes_on_and_its_champion_is_found(own: Registry) -> None:
    own.client.delete_registered_model_tag(own.name, key(1))
    for number in "12":
        own.client.delete_model_version_tag(own.name, number, ORIGIN)
    assert own.required_champion().version == "1"
    assert "before decisions were logged" in history(load(), None)
    promote(load(), "2", "Ann", "better")
    found = decisions(own)
    assert [(one.kind, one.by, one.champion) for one in found] == [("found", "pipeline", "1"), ("promoted", "Ann", "2")]  # fmt: skip
    assert found[0].why == FOUND
    assert "version 1 (before " in history(load(), found[0].at[:10])


@pytest.mark.slow
@pytest.mark.usefixtures("own")
def test_the_command_line_says_it_without_a_traceback(tmp_path: Path) -> None:
    """A refusal ends with code 2 and its message, at once; a model that its gates refused is told as such."""
    root = tmp_path / "project"

    def said(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pipelines", *words]
        env = {**environment(root), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    code, text = said("promote", "1", "--by", "Ann", "--why", "again")
    assert (code, "is the champion already" in text, "Traceback" in text) == (2, True, False)
    assert said("history")[0] == 0
    write_json(root / "data/model/receipt.json", receipt() | {"version": None, "verdict": "refused"})  # fmt: skip
    code, text = said("promote", "7", "--by", "Ann", "--why", "again")
    assert (code, "its gates refused it" in text) == (2, True)


@pytest.mark.slow
def test_of_two_people_who_promote_at_once_the_second_is_told(
    own: Registry, tmp_path: Path
) -> None:
    assert sorted(in_a_process(tmp_path / "project", "promote", "2", "2")) == [0, 1]
    assert [one.champion for one in decisions(own)] == ["1", "2"]
    assert (own.crowned(), own.alias_of("2")) == ("2", CHAMPION)
