"""Where a database is: its connection URL, taken apart into what may be shown and what may not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from contracts.config.source import DatabaseSource
from contracts.errors import SourceError
from contracts.secrets import ENCODE, masked

POSTGRESQL = "postgresql"
SQLITE = "sqlite"
DUCKDB = "duckdb"
FORMS = (
    "postgresql://user:password@host:5432/database",
    "sqlite:///folder/file.db",
    "duckdb:///folder/file.duckdb",
)
"""The legal forms of a URL; a path that begins with a further slash is absolute."""

# Patience with a server that has gone, in seconds: to connect, and until a silent connection counts as broken.
_PATIENCE = "connect_timeout=10&keepalives_idle=30&keepalives_interval=10&keepalives_count=3"


@dataclass(frozen=True, slots=True)
class Address:
    """A database's place.

    Attributes:
        scheme: `postgresql`, `sqlite` or `duckdb`.
        url: what the driver connects with; holds a password.
        shown: the same place without user and password, for messages.
        variable: the environment variable it came from, for messages.
    """

    scheme: str
    url: SecretStr
    shown: str
    variable: str

    @property
    def path(self) -> Path:
        """The file of a SQLite or DuckDB database."""
        return Path(self.shown)

    def patient_url(self) -> str:
        """The URL with an end to waiting; a setting the URL gives itself comes later and wins."""
        base, _, query = self.url.get_secret_value().partition("?")
        return f"{base}?{_PATIENCE}&{query}".rstrip("&")

    def without_secrets(self, text: str) -> str:
        """A driver's message with every part of the URL that could be a password blanked.

        >>> a = Address("postgresql", SecretStr("postgresql://ann:b%40d@db/erp"), "db/erp", "URL")
        >>> a.without_secrets("no b@d, no b%40d")
        'no ***, no ***'
        """
        return masked(text, self.url.get_secret_value())


def locate_database(source: DatabaseSource, url: SecretStr | None) -> Address:
    """The address in the environment variable a source names.

    Raises:
        SourceError: the variable is not set, or its value is not one of the legal forms. The value is never shown.

    >>> source = DatabaseSource(kind="database", url_variable="ERP_URL", relations={"a": {"table": "a"}})
    >>> locate_database(source, SecretStr("postgresql://ann:secret@db.lan/erp")).shown
    'db.lan:5432/erp'
    """
    variable = source.url_variable
    if url is None or not url.get_secret_value():
        raise SourceError(
            f"The environment variable {variable} is not set.",
            where="source > url_variable",
            next_step=f"Set it to the database's connection URL: export {variable}='{FORMS[0]}'.",
        )
    text = url.get_secret_value().strip()
    scheme = text.partition("://")[0].lower()
    if scheme == "postgres":
        scheme, text = POSTGRESQL, f"{POSTGRESQL}://{text.partition('://')[2]}"
    if scheme == POSTGRESQL:
        return Address(scheme, SecretStr(text), _server(text, variable), variable)
    if scheme in {SQLITE, DUCKDB}:
        return Address(scheme, SecretStr(text), _file(scheme, text, variable), variable)
    shown = f"'{scheme}'" if "://" in text and scheme.isalnum() else "none that can be read"
    raise SourceError(
        f"The connection URL has an unknown scheme: {shown}.",
        where=f"environment variable {variable}",
        next_step=f"Legal: {'; '.join(FORMS)}.",
    )


def _server(text: str, variable: str) -> str:
    """Host, port and database. A URL that could be read in two ways is refused: it might show its password."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "local socket", parts.port or 5432
    except ValueError:
        parts = None
    if parts is None or "@" in parts.path + parts.query + parts.fragment or parts.fragment:
        raise SourceError(
            "The connection URL cannot be taken apart.",
            where=f"environment variable {variable}",
            next_step=f"{ENCODE} Form: {FORMS[0]}.",
        )
    if parts.netloc.count("@") > 1:
        raise SourceError(
            "The connection URL has more than one @ before the host.",
            where=f"environment variable {variable}",
            next_step="Write an @ of the password as %40.",
        )
    return f"{host}:{port}{parts.path}"


def _file(scheme: str, text: str, variable: str) -> str:
    rest = text.partition("://")[2]
    path = Path(rest.removeprefix("/"))
    if not rest.startswith("/") or not path.is_file():
        raise SourceError(
            "The database file is absent."
            if rest.startswith("/")
            else "The connection URL names no file.",
            where=f"environment variable {variable}",
            value=str(path),
            next_step=f"Write {scheme}:///folder/file for a path from the project's folder, "
            f"{scheme}:////folder/file for an absolute one.",
        )
    return str(path)
