"""Two projects that register their first model in one registry at the same moment: one version a model, one champion, one decision.

    python -m benchmarks.registered_at_once --pairs 20              # an SQLite file that is not there yet
    python -m benchmarks.registered_at_once --pairs 20 --server     # PostgreSQL (pip install psycopg)

Every second pair registers one model twice, as two clones of one project would: then there must be one version.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from models.registry.log import CHAMPION
from models.registry.registry import Registry
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.ingest_servers import Server, running_server
from tests.registry_at_once import forked, status
from tests.serve_project import URI, inside, make, simulate, write_model

FOUND = Path("found.json")
VARIABLE = "BONITAS_REGISTRY"


def prepared(first: Path, second: Path) -> None:
    """Two projects with two models."""
    book = simulate()
    make(first, book)
    with inside(first):
        explain(load())
    shutil.copytree(first, second)
    with inside(second):
        write_model(second, book, trees=25)


def registered(folder: Path) -> None:
    """What a project does."""
    os.chdir(folder)
    register(load())


def seen(uri: str) -> None:
    """What the registry holds then."""
    found = Registry(uri, "demo")
    log, versions = found.log.read(), found.versions()
    FOUND.write_text(json.dumps({
        "versions": len(versions), "digests": len({one.tags["digest"] for one in versions}), "decisions": len(log.decisions),
        "agree": found.crowned() == log.champion == found.log.aliased(CHAMPION) and log.champion is not None,
        "first": sum(one.tags["why"].startswith("the first version") for one in versions),
    }))  # fmt: skip


def pair(number: int, folders: tuple[Path, Path], uri: str) -> None:
    """One pair, and what must hold of it."""
    children = [forked(lambda folder=folder: registered(folder)) for folder in folders]  # type: ignore[misc]
    ended = [status(child) for child in children]
    if ended != [0, 0]:
        raise SystemExit(f"pair {number}: ended with {ended}")
    if status(forked(lambda: seen(uri))):
        raise SystemExit(f"pair {number}: the registry does not open")
    models = 1 if number % 2 else 2
    found, wanted = json.loads(FOUND.read_text()), {"versions": models, "digests": models, "decisions": 1, "agree": True, "first": 1}  # fmt: skip
    if found != wanted:
        raise SystemExit(f"pair {number}: {found}, not {wanted}")


def address(number: int, place: Path, server: Server | None) -> str:
    """A registry that is not there yet, or has no table; named by the environment."""
    if server is None:
        uri = URI.replace("mlflow.db", f"{place}/{number}.db")
    else:
        server.run(f"CREATE DATABASE pair{number}")
        uri = server.url(f"pair{number}").replace("postgresql:", "postgresql+psycopg:")
    os.environ[VARIABLE] = uri
    return uri


def main() -> None:
    """Prints how many pairs held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--server", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as held:
        place = Path(folder)
        server = held.enter_context(running_server()) if told.server else None
        first, second, twin = place / "first", place / "second", place / "twin"
        first.mkdir()
        # in a child: threads of LightGBM do not survive a fork
        if status(forked(lambda: prepared(first, second))):
            raise SystemExit("the projects could not be made")
        shutil.copytree(first, twin)
        with inside(place):
            for number in range(told.pairs):
                pair(number, (first, twin if number % 2 else second), address(number, place, server))  # fmt: skip
                print(f"{number + 1} pairs held", flush=True)


if __name__ == "__main__":
    main()
