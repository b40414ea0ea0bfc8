"""The seal of a version: which files its folder holds, byte by byte, so that nothing is loaded or run that was changed.

The digest of a bundle says which model it is. The seal says more: MLflow puts files of its own beside the bundle, and
runs the copy of `serving.py` that lies among those. So every file of the folder is listed in `seal.json` with its sha256
when a version is made, and the registry keeps the sha256 of that list as a tag of the version. Whoever loads a version
reads its bytes once, compares them with the list and the list with the tag, and goes on with the bytes it has compared.
`serving.py` compares with the list as well before it does anything else, for those who load it through MLflow alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from contracts.errors import BundleError

SEAL = "seal.json"
BUNDLE = "artifacts/bundle"
SERVING = "serving.py"
NOT_SEALED = frozenset({"registered_model_meta"})
"""Written by MLflow itself into what it fetches from a server; nothing of ours reads it, and no copy of ours holds it."""
BYTECODE = (
    "__pycache__"  # made by Python where MLflow has run `serving.py` in place; never read by us
)
RESTORE = (
    "Nothing of it was run. Restore the files from a backup or from the registry they were copied from; "
    "or make a version champion that is whole (`bonitas promote`); or delete this one in MLflow (`make ui`) and run `make retrain`: "
    "it registers the model of today's data as a version that waits for `bonitas promote`."
)


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a version's folder by their path in it, each read once.

    Raises:
        BundleError: the folder is not there, or cannot be read.
    """
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise BundleError(
            "The files of the version cannot be read.",
            where=str(error.filename or folder),
            value=error.strerror,
            next_step=RESTORE,
        ) from error
    if not found:
        raise BundleError(
            "The files of the version are not there.", where=str(folder), next_step=RESTORE
        )
    is_left_out = {
        name for name in found if name in NOT_SEALED or BYTECODE in PurePosixPath(name).parts
    }
    return {name: content for name, content in found.items() if name not in is_left_out}


def seal_of(files: Mapping[str, bytes]) -> str:
    """`seal.json`: the sha256 of every file by its path, but its own.

    >>> print(seal_of({"b": b"2", "a/c": b""}))
    {
      "a/c": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "b": "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"
    }
    <BLANKLINE>
    """
    listed = {name: sha256(content) for name, content in sorted(files.items()) if name != SEAL}
    return json.dumps(listed, indent=2) + "\n"


def sha256(content: bytes) -> str:
    """The sha256 in hex digits."""
    return hashlib.sha256(content).hexdigest()


def check(files: Mapping[str, bytes], tag: str | None, *, where: Path) -> None:
    """Refuses files that are not those of the seal.

    Args:
        files: of the folder, as `files_in` reads them.
        tag: the sha256 of `seal.json` that the registry keeps; None of a version that was made before there was a seal.
        where: the folder, for the message.

    Raises:
        BundleError: a file is altered, added or absent: it is named.
    """
    if tag is None:
        # the digest covers the bundle; of the rest, only this copy is ever run, and it is one of the bundle's files
        pairs = (files.get(SERVING), files.get(f"{BUNDLE}/{SERVING}"))
        _refuse("altered", [SERVING] if pairs[0] != pairs[1] else [], where)
        return
    _refuse("absent", [SEAL] if SEAL not in files else [], where)
    _refuse("altered", [SEAL] if sha256(files[SEAL]) != tag else [], where)
    listed: dict[str, str] = json.loads(files[SEAL].decode("utf-8"))
    held = {name: sha256(content) for name, content in files.items() if name != SEAL}
    _refuse("absent", sorted(set(listed) - set(held)), where)
    _refuse("added", sorted(set(held) - set(listed)), where)
    _refuse("altered", sorted(name for name in listed if held[name] != listed[name]), where)


def _refuse(how: str, names: list[str], where: Path) -> None:
    if names:
        raise BundleError(
            f"Files of the version were {how} after it was registered."
            if how != "absent"
            else "Files of the version are absent.",
            where=str(where),
            value=names,
            next_step=RESTORE,
        )


def bundle_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the bundle among those of the folder, by name."""
    begin = f"{BUNDLE}/"
    return {
        name.removeprefix(begin): content
        for name, content in files.items()
        if name.startswith(begin)
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes verified bytes into a scratch folder that only this process knows."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
