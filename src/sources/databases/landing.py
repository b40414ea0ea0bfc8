"""Landing: the relations of a database copied into a dated drop, whole or only what has changed since the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from pydantic import SecretStr

from contracts.config.source import DatabaseSource
from contracts.errors import ConfigError, SourceError
from contracts.files import restore_in, whole_folder
from sources.databases.relations import copy_relations
from sources.extracts.drops import find_drops


@dataclass(frozen=True, slots=True)
class Landed:
    """One relation in the drop: its rows, and the day from which on changed rows were asked for (None for all)."""

    key: str
    rows: int
    since: str | None


def land(source: DatabaseSource, url: SecretStr | None, day: date) -> tuple[Landed, ...]:
    """Writes `<land_in>/<day>/<relation>.parquet` for every relation, all of one moment, the folder whole or not at all.

    A relation with `since` brings the rows changed on or after the day of the newest earlier drop that has it:
    that day's own rows come twice rather than not at all, and the drops' key removes the repetition. The first
    time, and without `since`, all rows come. A relation of which nothing has changed leaves no file.

    Args:
        source: relations, and the folder of drops.
        url: the connection URL from the environment.
        day: the last day the drop covers; landing a day again replaces it.

    Raises:
        ConfigError: the source names no folder to land in.
        SourceError: the database cannot be read, a later drop has landed already, or the folder holds other folders.
    """
    if source.land_in is None:
        raise ConfigError(
            "The source names no folder to land in.",
            where="source > land_in",
            next_step="Add `land_in: <folder>` to the portfolio's yaml.",
        )
    folder = Path(source.land_in)
    since = _since(source, folder, day)
    with whole_folder(folder / day.isoformat()) as drop:
        rows = copy_relations(source, url, drop, since).rows
        for key, n_rows in rows.items():
            if key in since and n_rows == 0:
                (drop / f"{key}.parquet").unlink()
    return tuple(Landed(key, n_rows, since.get(key)) for key, n_rows in rows.items())


def _since(source: DatabaseSource, folder: Path, day: date) -> dict[str, str]:
    """By relation that has a `since`, the day of the newest earlier drop that holds it."""
    restore_in(folder)
    # a landing that was killed may have left the hidden name it was writing under, and no drop
    if not folder.is_dir() or all(path.name.startswith(".") for path in folder.iterdir()):
        return {}
    drops = find_drops(folder, date.max).read
    later = [name for name, _ in drops if name > day.isoformat()]
    if later:
        raise SourceError(
            f"A later drop has landed already: {later[0]}.",
            where=str(folder),
            value=day.isoformat(),
            next_step=f"Land {later[-1]} again or a later day: rows change in place, "
            "so the past cannot be read any more.",
        )
    found: dict[str, str] = {}
    for name, path in drops:
        if name == day.isoformat():  # it is being replaced
            continue
        for key, relation in source.relations.items():
            if relation.since and _is_whole(path / f"{key}.parquet"):
                found[key] = name
    return found


def _is_whole(path: Path) -> bool:
    if not path.is_file():
        return False
    pq.read_metadata(path)
    return True
