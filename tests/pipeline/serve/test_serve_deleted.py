"""What somebody deleted or moved in MLflow: nothing is crowned in silence, and whoever follows the advice comes to a champion again."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow.cli import cli

from contracts.errors import BonitasError, RegistryError
from contracts.files import write_json
from models.registry.beside import Beside
from models.registry.decisions import Decision, digest_of
from models.registry.log import CHALLENGER, CHAMPION, NOTE
from models.registry.promotion import Person
from models.registry.promotion import promote as promoted
from models.registry.registry import PARENT, Registry
from models.registry.rows import tags_of, trained
from pipelines.errands.attach import attach
from pipelines.errands.decide import decide
from pipelines.errands.history import history
from pipelines.errands.look import look_at_champion
from pipelines.errands.promote import promote
from pipelines.monitor import monitor
from pipelines.paths import MODEL_VALIDATION_JSON, OUTSIDE_CHAMPION
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import URI, Book, inside, receipt, stand_in_git, write_model
from tests.validation_packs import demo_pack

pytestmark = pytest.mark.long

Deed = Callable[[Registry], object]


@pytest.fixture(scope="module")
def one(explained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed project whose only version is champion."""
    root = tmp_path_factory.mktemp("one") / "project"
    shutil.copytree(explained, root)
    stand_in_git(root)
    with inside(root):
        write_json(MODEL_VALIDATION_JSON, demo_pack())
        register(load())
    return root


@pytest.fixture
def two(one: Path) -> Path:
    """What the fixture `own` copies."""
    return one


def first_of(registry: Registry) -> tuple[str, str]:
    """Run and logged model of the first version."""
    version = registry.versions()[0]
    return str(version.run_id), str(version.source).rpartition("/")[2]


def mlflow(*words: str) -> None:
    """MLflow's own command line; a relative address would go on meaning the first folder it was used in."""
    done = CliRunner().invoke(cli, words, env={"MLFLOW_TRACKING_URI": address()})
    assert done.exit_code == 0, done.output


def address() -> str:
    return f"sqlite:///{Path('mlflow.db').resolve()}"


def purge() -> None:
    mlflow("gc", "--backend-store-uri", address())


def by_hand(registry: Registry) -> None:
    """A version that no gate was asked about, made in MLflow's page, and the alias given to it."""
    made = registry.client.create_model_version(registry.name, registry.versions()[0].source)
    registry.client.set_registered_model_alias(registry.name, CHAMPION, str(made.version))


def both(registry: Registry) -> None:
    by_hand(registry)
    delete_version(registry)


def delete_version(registry: Registry) -> None:
    registry.client.delete_model_version(registry.name, "1")


def delete_alias(registry: Registry) -> None:
    registry.client.delete_registered_model_alias(registry.name, CHAMPION)


def delete_model(registry: Registry) -> None:
    registry.client.delete_registered_model(registry.name)


def rename_model(registry: Registry) -> None:
    registry.client.rename_registered_model(registry.name, "bonitas-old")


def delete_run(registry: Registry) -> None:
    registry.client.delete_run(first_of(registry)[0])


def purge_run(registry: Registry) -> None:
    delete_run(registry)
    purge()


def delete_experiment(registry: Registry) -> None:
    experiment = registry.client.get_experiment_by_name(registry.name)
    assert experiment is not None
    registry.client.delete_experiment(experiment.experiment_id)


def delete_files(registry: Registry) -> None:
    registry.client.delete_logged_model(first_of(registry)[1])
    purge()


LOST = (delete_version, delete_model, rename_model, both)
"""The champion is gone; no machine may fill its place."""
MOVED = (delete_alias, by_hand)
KEPT = (delete_run, purge_run)
"""The champion is whole and in use; what was kept beside it may be gone."""


def retrain(book: Book | None = None) -> str:
    """The steps of `make retrain`; DVC runs `register` where the model is another one."""
    if book is not None:
        write_model(Path(), book, trees=38)
        write_json(MODEL_VALIDATION_JSON, demo_pack())
        register(load())
    said = f"{attach(load())}; {decide(load())}"
    look_at_champion(load())
    return said


def use() -> None:
    """What people want: the champion scores, is monitored, and has a history."""
    monitor(load())
    Registry(URI, "demo").asked(CHAMPION)
    history(load(), None)


def advised(registry: Registry, advice: str) -> Callable[[], object]:
    """The first thing that a message says to do, to be done to the letter."""
    steps: list[tuple[str, Callable[[re.Match[str]], object]]] = [
        (r"delete this one in MLflow .* `make retrain`", lambda _: (delete_version(registry), retrain())),
        (r"mlflow experiments restore --experiment-id (\d+)", lambda found: mlflow("experiments", "restore", "--experiment-id", found[1])),
        (r"`make retrain`", lambda _: retrain()),
        (r"Name one that was: .*?(\d+)\.", lambda found: promote(load(), found[1], "Ann", "it is what we have")),
        (r"`bonitas promote NUMBER --by NAME --why TEXT`", lambda _: promote(load(), newest(registry), "Ann", "it is what we have")),
    ]  # fmt: skip
    found = [(place, step) for pattern, step in steps if (place := re.search(pattern, advice))]
    assert found, advice
    place, step = min(found, key=lambda one: one[0].start())
    return lambda: step(place)


def newest(registry: Registry) -> str:
    return str(registry.versions()[-1].version)


def refused(attempt: Callable[[], object]) -> BonitasError | None:
    """What is said where an attempt fails; None where it ends well."""
    try:
        attempt()
    except BonitasError as error:
        return error
    return None


def decisions(registry: Registry) -> tuple[Decision, ...]:
    return registry.log.read().decisions


@pytest.mark.long
@pytest.mark.parametrize("deed", [*LOST, *MOVED, *KEPT, delete_files, delete_experiment])
@pytest.mark.parametrize(
    "begins_with", ["use", pytest.param("retrain", marks=pytest.mark.slow), "a new model"]
)
def test_whoever_follows_the_advice_comes_to_a_champion_again(
    own: Registry, book: Book, deed: Deed, begins_with: str
) -> None:
    before = decisions(own)
    deed(own)
    first = {"use": use, "retrain": retrain, "a new model": lambda: retrain(book)}[begins_with]
    said: list[str] = []
    wanted: list[Callable[[], object]] = [first, use]
    attempts = [*wanted]
    while attempts:
        error = refused(attempts[0])
        if (
            error is None or attempts[0] not in wanted
        ):  # what was advised is not tried again where it leads on
            attempts.pop(0)
        if error is None:
            continue
        assert error.next_step not in said, f"in a circle: {said} {error}"
        said.append(error.next_step)
        attempts.insert(0, advised(own, error.next_step))
    assert len(said) <= 3
    log = decisions(own)
    assert own.crowned() == log[-1].champion
    if deed in LOST:
        people = [one for one in log if one not in before]
        assert people[0].is_by_a_person, "no machine fills the place"
        assert people[0].lost is not None
    if deed not in {delete_model, rename_model}:
        assert log[: len(before)] == before, "what was decided stays as it was written"


@pytest.mark.parametrize("deed", LOST)
def test_no_machine_fills_the_place_of_a_champion_that_was_deleted(
    own: Registry, book: Book, deed: Deed, capsys: pytest.CaptureFixture[str]
) -> None:
    since = decisions(own)[0].at
    deed(own)
    said = retrain()
    number = receipt()["version"]
    assert f"waits for a person (bonitas promote {number} --by ... --why ...)" in said
    assert own.alias_of(number) == CHALLENGER
    assert OUTSIDE_CHAMPION.read_text().strip() == "null", "upkeep has nobody to keep up"
    assert f"registered again: bonitas-demo version {number}: challenger" in said
    assert retrain().startswith(f"bonitas-demo version {number}: nothing added; ")
    assert "waits for a person" in retrain(book), "nor does one of another model"
    with pytest.raises(RegistryError, match=rf"There is no champion any more: .*{since}"):
        monitor(load())
    line = promote(load(), number, "Ann", "it is the same model")
    assert f"version {number} is champion" in line
    made = decisions(own)[-1]
    assert made.lost is not None
    assert since in made.lost
    assert own.crowned() == number
    capsys.readouterr()
    history(load(), None)
    assert f"it is the same model ({made.lost})" in capsys.readouterr().out
    use()


def test_the_history_says_that_the_champion_of_record_is_gone(
    own: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    made = decisions(own)[0]
    delete_version(own)
    lost = f"version 1, champion since {made.at} by pipeline, was deleted in MLflow"
    assert history(load(), None).startswith("bonitas-demo has no champion any more; 1 decisions")
    assert lost in capsys.readouterr().out
    assert history(load(), made.at[:10]).endswith(f"; {lost}")
    assert decisions(own) == (made,), "the log is what it was"


def test_a_version_whose_run_was_deleted_for_good_is_used_and_keeps_nothing_beside_it(
    own: Registry,
) -> None:
    purge_run(own)
    assert "its run was deleted for good in MLflow" in retrain()
    assert Beside(own, "1").lacking(["test.parquet"]) == ["test.parquet"]
    with pytest.raises(RegistryError, match=r"keeps no test\.parquet"):
        Beside(own, "1").fetched("test.parquet", Path())
    use()


def test_the_version_that_a_recalibrated_one_came_from_may_be_deleted(
    own: Registry, book: Book
) -> None:
    """People tidy up: older versions go, and the champion is one of their calibrations."""
    retrain(book)
    own.client.set_model_version_tag(own.name, "2", PARENT, "1")
    assert trained(own, "2") == "1"
    promote(load(), "2", "Ann", "better") if own.crowned() == "1" else None
    delete_version(own)
    assert trained(own, "2") == "2"
    use()
    with pytest.raises(RegistryError, match=r"no version '1'.*2 \(champion\)|no version '1'(.|\n)*2 \(champion\)"):  # fmt: skip
        tags_of(own, "1")


def test_a_log_that_is_older_than_the_note_gets_one(own: Registry) -> None:
    """The note on the experiment is all that is left of a log that was deleted with its model."""
    experiment = own.client.get_experiment_by_name(own.name)
    assert experiment is not None
    made = decisions(own)[0]
    noted = f"1 {made.at} {digest_of(made.line)}"
    assert experiment.tags[NOTE] == noted
    with closing(
        sqlite3.connect("mlflow.db")
    ) as database:  # MLflow takes no tag of an experiment away
        database.execute("DELETE FROM experiment_tags WHERE key = ?", (NOTE,))
        database.commit()
    assert own.log.noted() is None
    own.log.finish()
    assert own.log.noted() == noted


def test_a_decision_on_a_version_that_is_deleted_at_that_moment_leaves_no_champion(
    own: Registry, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line was written, and the alias cannot follow: the log is finished, and says whom it names."""
    retrain(book)
    held = "2" if own.crowned() == "1" else "1"
    finish = own.log.finish

    def deleted_before() -> None:
        if own.log.read().pending is not None:
            own.client.delete_model_version(own.name, held)
        finish()

    monkeypatch.setattr(own.log, "finish", deleted_before)
    promoted(own, held, Person("Ann", "better", "2026-11-29T12:00:00Z"))
    assert own.log.read().pending is None
    assert own.log.read().champion == held
    with pytest.raises(RegistryError, match=f"There is no champion any more: version {held}"):
        Registry(URI, "demo").crowned()
