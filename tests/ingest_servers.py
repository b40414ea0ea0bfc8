"""A private PostgreSQL server for the tests, and ways to load a book into one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from adbc_driver_postgresql import dbapi

REQUIRED = "BONITAS_REQUIRE_POSTGRES"
USER = "owner"
PASSWORD = "p@ss/w:rd"  # noqa: S105 - of a server that lives as long as the tests
ENCODED = "p%40ss%2Fw%3Ard"


def server_programs() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first."""
    found = [
        path.parent
        for path in sorted(
            Path("/usr/lib/postgresql").glob("*/bin/initdb"),
            key=lambda path: -int(path.parts[-3]),
        )
    ]
    on_path = shutil.which("initdb")
    return next(iter([*found, *([Path(on_path).resolve().parent] if on_path else [])]), None)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Server:
    """A running private cluster.

    Attributes:
        programs: where pg_ctl is.
        folder: its data and log.
        port: on 127.0.0.1.
    """

    programs: Path
    folder: Path
    port: int

    def url(self, database: str = "postgres", *, user: str = USER, secret: str = ENCODED) -> str:
        """The connection URL."""
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Executes statements, each in a transaction of its own."""
        with (
            dbapi.connect(self.url(database), autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def text(self, database: str) -> str:
        """All rows of all its tables, as text."""
        with dbapi.connect(self.url(database)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
            )
            names = [name for (name,) in cursor.fetchall()]
            found = []
            for name in names:
                cursor.execute(f"SELECT one::text FROM {name} AS one")  # noqa: S608 - names of the server
                found += [str(row) for (row,) in cursor.fetchall()]
        return "\n".join(found)

    def load(self, name: str, table: pa.Table, database: str) -> None:
        """Creates a table of that name from Arrow."""
        with dbapi.connect(self.url(database)) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest(name, table, mode="create")
            connection.commit()

    def call(self, *arguments: str) -> None:
        """Runs a program of the server as the unprivileged user it insists on."""
        command = [str(self.programs / arguments[0]), *arguments[1:]]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env={**os.environ, "LC_ALL": "C"}
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def start(self) -> None:
        """Starts the cluster and waits for it."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        # A log file, not a pipe: pg_ctl would keep ours open for as long as the server runs.
        self.call("pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options, "-l", str(self.folder / "log"), "start")  # fmt: skip

    def stop(self, how: str = "immediate") -> None:
        """Ends the cluster; `immediate` is as if the power went."""
        self.call("pg_ctl", "-D", str(self.folder / "data"), "-m", how, "stop")


@contextmanager
def running_server() -> Iterator[Server]:
    """Makes a cluster in a temporary folder, starts it, and removes it afterwards; skips where there is no server."""
    programs = server_programs()
    if programs is None:
        reason = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, but {reason}")
        pytest.skip(reason)
    # Short: the path of a unix socket may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="bonitas-pg-"))
    try:
        server = Server(programs, folder, free_port())
        (folder / "pw").write_text(PASSWORD + "\n", encoding="utf-8")
        if os.geteuid() == 0:
            for path in (folder, folder / "pw"):
                shutil.chown(path, "postgres")
        server.call(
            "initdb", "-D", str(folder / "data"), "-U", USER, "-A", "scram-sha-256",
            f"--pwfile={folder / 'pw'}", "-E", "UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            if (folder / "data/postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
