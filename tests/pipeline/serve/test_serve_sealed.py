"""Not a byte of a registered version is loaded or run that is not the one that was registered, whoever loads it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from contracts.errors import BundleError
from models.registry import bundle as bundles
from models.registry import seal
from models.registry.registry import SEALED, Registry
from models.registry.shelf import EVIDENCE, ORIGIN
from models.registry.signing import SIGNATURE, SIGNER
from pipelines.monitor import monitor
from pipelines.recalibrate import recalibrate
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import FEATURES, URI, Book, inside, receipt, write_model

NAMES = [one.name for one in FEATURES]
INNER = "artifacts/bundle/serving.py"


@pytest.fixture
def own(registered: Path, tmp_path: Path) -> Iterator[Path]:
    """A project with a champion that a test may change; yields the folder of its version."""
    root = tmp_path / "project"
    shutil.copytree(registered, root)
    with inside(root):
        yield Registry(URI, "demo").required_champion().folder


def marking(marker: Path) -> str:
    """A line of Python that leaves a trace when it is run."""
    return f"\n__import__('pathlib').Path({str(marker)!r}).touch()\n"


@pytest.mark.parametrize("file", ["serving.py", INNER])
def test_a_line_added_to_the_code_is_run_by_no_stage(
    own: Path, tmp_path: Path, book: Book, file: str
) -> None:
    marker, code = tmp_path / "was run", own / file
    code.write_text(code.read_text() + marking(marker))
    write_model(Path(), book, trees=60)
    for stage in (monitor, recalibrate, register):
        with pytest.raises(BundleError, match="altered after it was registered") as caught:
            stage(load())
        assert caught.value.value == [file]
        assert "make retrain" in caught.value.next_step
    with pytest.raises(MlflowException, match=f"not those that were registered: {file}"):
        mlflow.pyfunc.load_model(str(own))
    assert not marker.exists()


def test_one_byte_more_or_less_anywhere_is_refused_by_name(own: Path) -> None:
    """Each file altered, absent, and one more beside it: by our own loader, and by `serving.py` in MLflow's."""
    registry = Registry(URI, "demo")
    names = sorted(seal.files_in(own))
    assert {"MLmodel", "serving.py", INNER, "seal.json", "artifacts/bundle/booster.txt"} <= set(
        names
    )
    assert len(names) > 12

    def refused(name: str) -> None:
        with pytest.raises(BundleError) as caught:
            registry.champion()
        assert caught.value.value == [name]
        if name != "seal.json" or not (own / name).exists():  # MLflow's loader knows no other list
            with pytest.raises(Exception, match=r"registered: |MLmodel|serving\.py|seal\.json"):
                mlflow.pyfunc.load_model(str(own))

    for name in names:
        path, before = own / name, (own / name).read_bytes()
        path.write_bytes(before + b"\n")
        refused(name)
        path.unlink()
        refused(name)
        path.write_bytes(before)
        beside = path.with_name(f"{path.name}.more")
        beside.write_bytes(b"")
        refused(beside.relative_to(own).as_posix())
        beside.unlink()
    assert registry.required_champion().digest == receipt()["digest"]


def test_only_what_a_trusted_key_signed_is_loaded(own: Path) -> None:
    """The key is in no file but its own; who has another one, or a version without a signature, is told what to do."""
    registry, keys = Registry(URI, "demo"), Path(".bonitas")
    secret = (keys / "signing.key").read_bytes().splitlines()[1]
    files = [path for path in Path().rglob("*") if path.is_file() and keys not in path.parents]
    assert len(files) > 50
    assert not [path for path in files if secret in path.read_bytes()]
    public = (keys / "signing.pub").read_text()
    for path in list(keys.glob("signing.*")):
        path.unlink()
    with pytest.raises(BundleError, match="not trusted here"):
        monitor(load())
    assert not (keys / "signing.key").exists(), "verifying makes no key"
    Path("configs/signers").mkdir()
    Path("configs/signers/ann.pub").write_text(public)
    registry = Registry(URI, "demo")
    assert registry.required_champion().folder == own
    for tag, value in {EVIDENCE: "0" * 64, SEALED: "0" * 64}.items():
        before = registry.client.get_model_version(registry.name, "1").tags[tag]
        registry.client.set_model_version_tag(registry.name, "1", tag, value)
        with pytest.raises(BundleError, match="not of this version"):
            registry.champion()
        registry.client.set_model_version_tag(registry.name, "1", tag, before)
    registry.client.delete_model_version_tag(registry.name, "1", SIGNATURE)
    with pytest.raises(BundleError, match="registered with one"):
        registry.champion()


def test_what_was_verified_is_what_is_run(own: Path, tmp_path: Path, book: Book) -> None:
    """Files that change between the comparison and the first answer change nothing: they are read once."""
    champion, marker = Registry(URI, "demo").required_champion(), tmp_path / "was run"
    rows = book.rows[NAMES].head(50)
    before = champion.predict(rows)
    for path in (own / "serving.py", own / INNER):
        path.write_text(path.read_text() + marking(marker))
    (own / "artifacts/bundle/booster.txt").unlink()
    assert champion.predict(rows).equals(before)
    assert not marker.exists()


def test_mlflow_may_leave_its_own_notes(own: Path, book: Book) -> None:
    """Loading by name writes `registered_model_meta` and bytecode into the folder; that is no change of the version."""
    loaded = mlflow.pyfunc.load_model("models:/bonitas-demo@champion")
    assert (own / "registered_model_meta").is_file()
    (own / "__pycache__").mkdir(exist_ok=True)
    (own / "__pycache__/serving.cpython-399.pyc").write_bytes(b"stale")
    rows = book.rows[NAMES].head(50)
    assert Registry(URI, "demo").required_champion().predict(rows).equals(loaded.predict(rows))


def test_a_version_of_before_the_seal_is_run_from_what_its_digest_covers(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: Book
) -> None:
    old = tmp_path / "old_serving.py"
    text = bundles.SERVING.read_text().replace("refuse_unless_sealed(Path(__file__).parent)\n", "")
    old.write_text(text)
    with monkeypatch.context() as patch:
        patch.setattr(bundles, "SERVING", old)
        register(load())
    registry, rows = Registry(URI, "demo"), book.rows[NAMES].head(50)
    before = registry.required_champion()
    for tag in (SEALED, SIGNATURE, SIGNER, EVIDENCE, ORIGIN):
        registry.client.delete_model_version_tag("bonitas-demo", "1", tag)
    (before.folder / "seal.json").unlink()
    (before.folder / "MLmodel").write_text(
        "loader_module: of_someone_else"
    )  # covered by no digest: not read
    champion = registry.required_champion()
    assert champion.files == {}
    assert champion.predict(rows).equals(before.predict(rows))
    marker = project / "was run"
    (before.folder / "serving.py").write_text(text + marking(marker))
    with pytest.raises(BundleError, match="altered") as caught:
        monitor(load())
    assert caught.value.value == ["serving.py"]
    assert not marker.exists()


def test_files_that_are_gone_are_a_readable_error(own: Path) -> None:
    shutil.rmtree(own)
    with pytest.raises(BundleError, match="not there") as caught:
        monitor(load())
    assert "make retrain" in caught.value.next_step
