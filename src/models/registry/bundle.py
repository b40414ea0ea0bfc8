"""A model as data: the files of one registered version, their digest, and a loader that refuses any other files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.errors import BundleError
from contracts.files import whole_folder
from models.boosting import booster

SERVING = Path(__file__).with_name("serving.py")
MANIFEST = "manifest.json"
CALIBRATOR, CONTRACT = "calibrator.json", "contract.json"
FROM_TRAINING = ("booster.txt", CALIBRATOR, CONTRACT, "reasons.json")
TWIN = "twin_"
"""Before the names of the files of the validated twin, where another model ships."""
REQUIRED = (*FROM_TRAINING, "scale.json", "reference.json", "model_card.md", "serving.py")
REBUILD = "Run `make retrain` to build the bundle again."


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one version by name, without their manifest."""

    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """sha256 over the names and bytes of the files, sorted by name: equal models have equal digests.

        >>> Bundle({"b": b"2", "a": b"1"}).digest == Bundle({"a": b"1", "b": b"2"}).digest
        True
        >>> Bundle({"ab": b"c"}).digest == Bundle({"a": b"bc"}).digest
        False
        """
        whole = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            # lengths first, so that moving a byte from a name to its content is another bundle
            whole.update(f"{len(name)} {name} {len(content)} ".encode())
            whole.update(content)
        return whole.hexdigest()

    def json(self, name: str) -> Any:
        """A JSON file of the bundle, read."""
        return json.loads(self.files[name].decode("utf-8"))

    def replaced(self, texts: Mapping[str, str]) -> Bundle:
        """This bundle with some of its files replaced."""
        return Bundle({**self.files, **{name: text.encode() for name, text in texts.items()}})


def text_of(value: Any) -> str:
    """JSON as the bundle keeps it."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def assemble(model: Path, *, scale: Any, reference: Any, card: str) -> Bundle:
    """The bundle of the model in a folder.

    Args:
        model: holds booster.txt (and boosters/booster_2.txt ...), calibrator.json, contract.json, reasons.json; and in `twin` the
            boosters and the calibrator that were validated, where those ship refitted.
        scale: score parameters and grade bounds.
        reference: the registration sample, compact (see `models.measures.reference`).
        card: the model card, Markdown.

    Raises:
        BundleError: a file of the model is absent.
    """
    absent = [name for name in FROM_TRAINING if not (model / name).is_file()]
    if absent:
        raise BundleError(
            "The model is incomplete.", where=str(model), value=absent, next_step=REBUILD
        )
    files = {name: (model / name).read_bytes() for name in FROM_TRAINING}
    files |= {path.name: path.read_bytes() for path in booster.files(model)}
    files |= _twin(model / "twin", files)
    texts = {
        "scale.json": text_of(scale),
        "reference.json": text_of(reference),
        "model_card.md": card,
        "serving.py": SERVING.read_text(encoding="utf-8"),
    }
    return Bundle({**files, **{name: text.encode("utf-8") for name, text in texts.items()}})


def _twin(folder: Path, own: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the validated twin, by their names in the bundle; none where it is the model itself."""
    if not (folder / booster.FIRST).is_file():
        return {}
    paths = [*booster.files(folder), folder / CALIBRATOR]
    held = {path.name: path.read_bytes() for path in paths}
    ships = {name: one for name, one in own.items() if name.startswith(("booster", CALIBRATOR))}
    return {} if held == ships else {f"{TWIN}{name}": one for name, one in held.items()}


def write(folder: Path, bundle: Bundle) -> None:
    """Writes the bundle whole, with a manifest of its digest and of the sha256 of each file."""
    manifest = {
        "digest": bundle.digest,
        "files": {
            name: hashlib.sha256(content).hexdigest()
            for name, content in sorted(bundle.files.items())
        },
    }
    with whole_folder(folder) as partial:
        for name, content in sorted(bundle.files.items()):
            (partial / name).write_bytes(content)
        (partial / MANIFEST).write_text(text_of(manifest), encoding="utf-8", newline="\n")


def load(folder: Path, *, digest: str | None = None) -> Bundle:
    """Reads a bundle's folder and checks it against its manifest.

    Args:
        folder: what `write` wrote.
        digest: what the registry says it is; None where nobody said.

    Raises:
        BundleError: no manifest, a file absent, altered or not in the manifest, or another digest than asked for.
    """
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}
    return checked(found, where=folder, digest=digest)


def checked(files: Mapping[str, bytes], *, where: Path, digest: str | None = None) -> Bundle:
    """The bundle of files that were read from a folder, checked as `load` does."""
    try:
        manifest = json.loads(files[MANIFEST].decode("utf-8"))
        listed: dict[str, str] = dict(manifest["files"])
        claimed = str(manifest["digest"])
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(
            "The bundle has no readable manifest.",
            where=str(where / MANIFEST),
            value=None if MANIFEST not in files else str(error),
            next_step=REBUILD,
        ) from error
    found = {name: content for name, content in files.items() if name != MANIFEST}
    _check(found, listed, where)
    bundle = Bundle(found)
    wanted = claimed if digest is None else digest
    if bundle.digest != wanted:
        raise BundleError(
            "The bundle is not the one that was registered.",
            where=str(where),
            value=f"digest {bundle.digest[:12]}, registered {wanted[:12]}",
            next_step="Use a version whose files were not touched, or register this model anew.",
        )
    return bundle


def _check(found: Mapping[str, bytes], listed: Mapping[str, str], folder: Path) -> None:
    absent = sorted((set(REQUIRED) | set(listed)) - set(found))
    added = sorted(set(found) - set(listed))
    altered = sorted(
        name
        for name, sha in listed.items()
        if name in found and hashlib.sha256(found[name]).hexdigest() != sha
    )
    for what, names in (("incomplete", absent), ("altered", altered), ("not itself", added)):
        if names:
            raise BundleError(
                f"The bundle is {what}.", where=str(folder), value=names, next_step=REBUILD
            )
