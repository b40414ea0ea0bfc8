"""Small projects that explain, register, monitor and recalibrate are run in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.files import write_json
from models.registry.registry import Registry
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.made_registries import copy_made
from tests.serve_project import URI, Book, delivery, inside, make, simulate


@pytest.fixture(autouse=True, scope="module")
def registries_are_copied() -> Iterator[None]:
    """MLflow's migrations run once in a process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.registry.store._make", copy_made)
        yield


@pytest.fixture(scope="session")
def book() -> Book:
    return simulate()


@pytest.fixture(scope="session")
def explained(tmp_path_factory: pytest.TempPathFactory, book: Book) -> Path:
    """A project without a registry, as evaluate and explain leave it; tests work on copies."""
    root = tmp_path_factory.mktemp("explained")
    make(root, book)
    with inside(root):
        explain(load())
    return root


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory, explained: Path) -> Path:
    """A project with a champion; tests that change it work on a copy."""
    root = tmp_path_factory.mktemp("registered")
    shutil.copytree(explained, root, dirs_exist_ok=True)
    with inside(root):
        register(load())
    return root


@pytest.fixture
def project(tmp_path: Path, explained: Path) -> Iterator[Path]:
    """A copy of the project without a registry; the test runs in it."""
    shutil.copytree(explained, tmp_path, dirs_exist_ok=True)
    with inside(tmp_path):
        yield tmp_path


@pytest.fixture
def used(registered: Path) -> Iterator[Path]:
    """The project with a champion; the test runs in it and changes neither data nor registry."""
    with inside(registered):
        yield registered


@pytest.fixture
def copied(registered: Path, tmp_path: Path) -> Iterator[Path]:
    """The project with a champion whose data a test may change; the registry is the original's."""
    for name in ("configs", "data", ".bonitas"):
        shutil.copytree(registered / name, tmp_path / name)
    write_json(tmp_path / "reports/validation.json", delivery())
    text = (tmp_path / "configs/params.yaml").read_text()
    (tmp_path / "configs/params.yaml").write_text(
        text.replace(URI, f"sqlite:///{registered}/mlflow.db")
    )
    with inside(tmp_path):
        yield tmp_path


@pytest.fixture
def own(two: Path, tmp_path: Path) -> Iterator[Registry]:
    """The registry of a copy of `two`, a module's project with a champion and a challenger; the test runs in the copy."""
    root = tmp_path / "project"
    shutil.copytree(two, root)
    with inside(root):
        yield Registry(URI, "demo")
