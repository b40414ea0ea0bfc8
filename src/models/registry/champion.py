"""The version in use, as it was verified: what monitoring and recalibration look at, and what a new version is judged by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.documents.experience import Experience
from contracts.errors import RegistryError
from models.registry.bundle import Bundle
from models.registry.tracking import loaded, scored


@dataclass(frozen=True, slots=True)
class Champion:
    """The version in use: its bundle, checked against the digest it was registered with.

    Attributes:
        folder: where its files lie; nothing is read from there any more.
        files: all that it holds, as they were compared with the seal; none where the version has no seal.
    """

    name: str
    version: str
    digest: str
    bundle: Bundle
    folder: Path
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def rests_on(self) -> Experience | None:
        """What its score rests on where it was not fitted to the book's own defaults; None where it was."""
        found = self.bundle.json("reference.json").get("rests_on")
        return None if found is None else Experience.model_validate_json(json.dumps(found))

    def predict(self, frame: Any) -> Any:
        """Scores a frame with the champion's own code and files: margin, pd, score, grade."""
        return scored(self.bundle, self.files, frame)

    def loaded(self) -> AbstractContextManager[Any]:
        """The same, loaded once and asked often: it has `predict(frame)`."""
        return loaded(self.bundle, self.files)


def no_version(portfolio: str, which: str, there: Mapping[str, str]) -> RegistryError:
    """What is said where a version is asked for that is not there.

    Args:
        portfolio: whose versions they are.
        which: alias or number that was asked for.
        there: alias by number, of those there are.
    """
    named = ", ".join(f"{number} ({alias})" for number, alias in there.items())
    return RegistryError(
        f"'{portfolio}' has no version '{which}'.",
        where=f"bonitas-{portfolio}",
        value=which,
        next_step=f"Name one of: {named}." if named else "`make retrain` registers the first.",
    )


def no_champion(portfolio: str, name: str, versions: Iterable[int]) -> RegistryError:
    """What is told where a champion is needed and there is none.

    Args:
        portfolio: whose model it is.
        name: of the registered model.
        versions: that there are: none was decided on, or a person withdrew the champion, whom no retraining brings back.
    """
    held = ", ".join(str(one) for one in sorted(versions))
    if held:
        said, step = ".", f"`bonitas history` says why. `bonitas promote VERSION --by NAME --why REASON` makes one: {held}."  # fmt: skip
    else:
        said, step = (
            " yet.",
            (
                "A model becomes champion when it has passed its gates. `make retrain` trains one; where that ended "
                "with the verdict `refused`, reports/validation_model.html says which gates stopped it."
            ),
        )
    return RegistryError(f"There is no champion of '{portfolio}'{said}", where=name, next_step=step)
