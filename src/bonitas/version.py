"""A registered version of the model, to score frames with."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.errors import ContractError
from models.registry.champion import Champion
from models.registry.twin import UNTIL, twin_pd
from models.scoring.rows import Block, block_of
from models.scoring.scorer import scorer
from models.scoring.status import IS_SCORED

KEYS = ("customer_id", "as_of")


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version, verified: its signature, its seal and the digest of its bundle hold.

    Attributes:
        name: of the registered model, such as `bonitas-demo`.
        number: of the version.
        features: what it reads, in its order, by name: dtype, direction, levels of a category.
        card: its model card, Markdown.
    """

    name: str
    number: str
    features: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)
    _held: Champion = field(repr=False)
    _folder: Path = field(repr=False)

    @classmethod
    def of(cls, held: Champion, folder: Path) -> Version:
        """From the registry of the project in a folder."""
        declared = pd.DataFrame(held.bundle.json("contract.json")["features"]).set_index("name")
        card = held.bundle.files["model_card.md"].decode("utf-8")
        return cls(held.name, held.version, declared, card, held, folder)

    def score(
        self, frame: pd.DataFrame, *, reasons: bool = False, language: Literal["en", "zh"] = "en"
    ) -> pd.DataFrame:
        """What the version says of each row, in the frame's order and under its index.

        Args:
            frame: every feature, and customer_id (as_of, where at hand) as columns or in the index.
            reasons: whether the points of each pillar and up to four reasons are said as well.
            language: of the reasons.

        Returns:
            status, detail, pd, score, grade, after customer_id and as_of where those were columns; with reasons also points_* and
            reason_*. A row that cannot be scored says why in `status` and is missing elsewhere.

        Raises:
            ContractError: columns are absent or of another type: which, what was expected, what was received.
        """
        block = self._block(frame)
        with chdir(self._folder), scorer(self._held, reasons=reasons, language=language) as by:
            said = by.answers(block).set_axis(frame.index, axis="index")
        return said.drop(columns=[name for name in KEYS if name in frame.index.names])

    def predict_proba(self, frame: pd.DataFrame) -> Floats:
        """Probability of survival and of default, one row each, as scikit-learn's metrics take it.

        A version that ships refitted has learned from everything that had matured, the test part included: its answers to
        those rows are no test. `tested_proba` is.

        Raises:
            ContractError: as `score`, or rows that cannot be scored.
        """
        said = self.score(frame)
        bad = said.loc[~said["status"].isin(IS_SCORED), "status"]
        if len(bad):
            raise ContractError(
                f"{len(bad)} of {len(said)} rows cannot be scored.",
                where="Version.predict_proba(frame)",
                value=", ".join(f"{name} {n:,}" for name, n in bad.value_counts().items()),
                next_step="Call score(frame): its columns status and detail name the rows and their values.",
            )
        chance = said["pd"].to_numpy(dtype=np.float64)
        return np.column_stack([1.0 - chance, chance])

    def tested_proba(self, frame: pd.DataFrame) -> Floats:
        """The same by the model that was validated, before it was refitted on all that had matured: for rows of the test part.

        Where a version ships as it was validated, this is `predict_proba`.

        Raises:
            ContractError: as `predict_proba`, or the validated model has learned from some of the rows.
        """
        rows = self._block(frame).rows
        chance = twin_pd(self._held.bundle, rows)
        if chance is None:
            return self.predict_proba(frame)
        until = self._held.bundle.json("reference.json").get(UNTIL)
        if "as_of" in rows and until is not None and (rows["as_of"] < pd.Timestamp(until)).any():
            raise ContractError(
                "The validated model has learned from some of these rows.",
                where="Version.tested_proba(frame)",
                value=f"as_of from {rows['as_of'].min().date()}",
                next_step=f"Give rows decided on {until} or later, such as Portfolio.test().X.",
            )
        return np.column_stack([1.0 - chance, chance])

    def _block(self, frame: pd.DataFrame) -> Block:
        held = [name for name in KEYS if name in frame.index.names and name not in frame.columns]
        rows = frame.reset_index(level=held)[[*held, *frame.columns]] if held else frame
        declared = self._held.bundle.json("contract.json")["features"]
        return block_of(rows, declared, where=f"the frame for {self.name} version {self.number}")
