"""Fixtures of the ingest tests: a project folder, and a real PostgreSQL server with a database per test."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest_servers import Server, running_server
from tests.sources_sme import Sme


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as one:
        yield one


@pytest.fixture
def database(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"t{zlib.crc32(request.node.name.encode())}"
    server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    yield name
    server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def sme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sme:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SME_DATA", raising=False)
    return Sme(tmp_path)
