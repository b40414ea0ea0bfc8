"""Whole files and folders: written under a name of their own and renamed, so that a reader finds all of it or nothing.

A file takes its place in one step. A folder that replaces another needs two: the old one is moved aside, to
`.<name>.replaced`, and the new one takes its place. A writer that is killed in between leaves the old folder there,
whole; whoever comes next, writer or reader, puts it back before doing anything else. What lies aside is given up only
once its successor is in place and safe from a power cut; half a folder never bears a name that is put back.

Writers of the same output do not meet: each writes under a name with its process's number, and the last to finish
stays. What a killed writer left is removed by the next one. That holds on one machine; writers on several machines that
share a disk may take what another is writing for abandoned, and then one fails with an error, and nothing is lost.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from contracts.errors import ConfigError, ContractError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; on success it becomes `path`, on failure it is removed.

    Raises:
        ConfigError: a folder, a pipe or a device lies at `path`; whoever may, would put a file in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        _refuse_no_file(path, path.stat().st_mode)
    _sweep(path)
    partial = _partial(path)
    try:
        yield partial
        if not _is_within_partial(path):  # the folder will be waited for, once
            _on_disk(partial)
        partial.replace(path)
    finally:
        _remove(partial)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yields an empty temporary folder beside `path`; on success it replaces `path` and all that was in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    restored(path)
    _sweep(path)
    partial = _partial(path)
    partial.mkdir()
    try:
        yield partial
        for inner in sorted(partial.rglob("*")):
            _on_disk(inner)
        _on_disk(partial)
        _put(partial, path)
    finally:
        _remove(partial)


def restored(path: Path) -> Path:
    """The path of a folder, put back first if the last writer was killed while it replaced it.

    A reader to whom an absent folder would mean something else than "not yet written" asks for it through this.
    """
    if _is_aside(path):
        with _alone(path.parent):
            if _is_aside(path):  # a living writer may have finished meanwhile
                _replaced(path).rename(path)
    return path


def restore_in(folder: Path) -> None:
    """Puts back whatever folder in this one the last writer was killed over; see `restored`."""
    for aside in folder.glob(".*.replaced"):
        restored(folder / aside.name.removeprefix(".").removesuffix(".replaced"))


def _put(partial: Path, path: Path) -> None:
    """Gives a folder its place. At every moment `path` or `.<name>.replaced` is whole."""
    replaced = _replaced(path)
    with _alone(path.parent):
        try:
            if path.exists():
                _give_up(replaced, path)  # older than `path`
                path.rename(replaced)
            partial.rename(path)
        except BaseException:
            if _is_aside(path):
                replaced.rename(path)
            raise
        _on_disk(path.parent)
        with suppress(OSError):  # the new one is in place; what stays is for the next writer
            _give_up(replaced, path)


def _give_up(entry: Path, path: Path) -> None:
    """Removes what lies beside `path` by way of a name that nobody puts back or in place: removing takes its time."""
    given_up = path.with_name(f".{path.name}.partial")
    _remove(given_up)
    if os.path.lexists(entry):
        entry.rename(given_up)
        _remove(given_up)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def _is_within_partial(path: Path) -> bool:
    end = f".{os.getpid()}.partial"
    return any(one.name.endswith(end) for one in path.parents)


def _replaced(path: Path) -> Path:
    return path.with_name(f".{path.name}.replaced")


def _is_aside(path: Path) -> bool:
    return not os.path.lexists(path) and _replaced(path).exists()


_OF_SQLITE = r"(?:-journal|-wal|-shm)?"
"""What SQLite keeps beside a database that is being written."""


def _sweep(path: Path) -> None:
    """Removes what killed writers of this path left; what another living process is writing is left alone."""
    name = re.compile(rf"\.{re.escape(path.name)}\.(?:(\d+)\.)?partial{_OF_SQLITE}")
    left = [(entry, name.fullmatch(entry.name)) for entry in path.parent.iterdir()]
    abandoned = [e for e, found in left if found and not (found[1] and _is_another(int(found[1])))]
    if abandoned:
        with _alone(path.parent), suppress(OSError):
            for entry in abandoned:
                _give_up(entry, path)


def _is_another(process: int) -> bool:
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _remove(path: Path) -> None:
    """Removes a file or folder as far as it can be; what stays is for the next writer."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps other processes out while folders in this one change places. The system ends it with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _on_disk(path: Path) -> None:
    """Waits until the disk has it: a name may reach the disk before what it names, and a power cut would leave zeros."""
    if path.is_symlink():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():  # some file systems cannot do it for a folder
            raise
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 text file whole."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Writes JSON whole: keys in the order given, NaN refused, one trailing newline."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_text(path: Path) -> str:
    """A text that a person wrote, such as a config or a SELECT.

    Raises:
        ConfigError: it is no file, not UTF-8, or may not be read. FileNotFoundError is left to who knows what is missing.
    """
    try:
        text = as_file(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, str(error)) from error
    except PermissionError as error:
        raise ConfigError(
            "The file may not be read.",
            where=str(path),
            next_step="Give the user who runs this the right to read it.",
        ) from error
    if "\0" in text:
        raise _not_utf8(
            path, f"a zero byte in line {text[: text.index(chr(0))].count(chr(10)) + 1}"
        )
    return text


def _not_utf8(path: Path, value: str) -> ConfigError:
    return ConfigError(
        "The file is not UTF-8 text.",
        where=str(path),
        value=value,
        next_step="Save it as UTF-8 (editors of Windows call it UTF-8 as well, not ANSI or Unicode).",
    )


def as_file(path: Path) -> Path:
    """The path of what can be read to its end: a pipe would be waited for, and a device never ends.

    Raises:
        ConfigError: a folder, a pipe, a device or a link that leads nowhere lies there. What is absent is let through.
    """
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise _no_file(path, "A link leads to nothing where a file belongs.") from None
        return path
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise _no_file(path, "A link leads back to itself where a file belongs.") from error
    _refuse_no_file(path, kind)
    return path


def _refuse_no_file(path: Path, kind: int) -> None:
    if stat.S_ISDIR(kind):
        raise _no_file(path, "A folder lies where a file belongs.")
    if not stat.S_ISREG(kind):
        raise _no_file(path, "A pipe, a socket or a device lies where a file belongs.")


def _no_file(path: Path, what: str) -> ConfigError:
    return ConfigError(
        what,
        where=str(path),
        next_step="Move it away, and put the file there: git has it where it came with the project, and a stage makes its own again.",
    )


def read_json(path: Path) -> Any:
    """Reads a JSON file. Raises ContractError where it is absent or cut, ConfigError where it is no file."""
    restored(path.parent)
    try:
        return json.loads(as_file(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise absent(path) from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractError(
            "The file is not JSON.", where=str(path), value=str(error), next_step=RERUN
        ) from error


RERUN = "Run the stage that writes it again: `make run`, or `dvc repro`."


def absent(path: Path) -> ContractError:
    """What is said of a file that is not there."""
    return ContractError("The file is absent.", where=str(path), next_step=RERUN)
