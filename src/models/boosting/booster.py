"""LightGBM as text: one or several boosters, averaged in log-odds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.errors import BundleError
from contracts.files import restored, whole_folder, write_text
from models.base.data import ModelContract

FIRST, OTHERS = "booster.txt", "boosters"
BELONGS_TO = "belongs_to.txt"
"""Beside the others: the sha256 of the first. A run that was killed between the two is found out."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Boosters that vote in log-odds: margins, and so SHAP values, are their mean."""

    boosters: tuple[lgb.Booster, ...]
    contract: ModelContract

    def margin(self, frame: pd.DataFrame, threads: int | None = None) -> Floats:
        """Log-odds of default before calibration, one per row of raw features; `threads`: see `margin_of`."""
        return self.margin_of(self.contract.encode(frame), threads)

    def margin_of(self, codes: Floats, threads: int | None = None) -> Floats:
        """The same for rows already encoded by the contract.

        Beside a fit `threads` are to be named, as many as the fit has: LightGBM keeps one number for the process, and a fit that
        has reserved for fewer dies of more. None: as many as the machine has.
        """
        named: dict[str, Any] = {} if threads is None else {"num_threads": threads}
        votes = [booster.predict(codes, raw_score=True, **named) for booster in self.boosters]
        return np.asarray(np.mean(votes, axis=0), dtype=np.float64)

    def contributions(self, codes: Floats) -> Floats:
        """SHAP values by LightGBM itself, shape (n, features + 1); the last column is the base value."""
        votes = [booster.predict(codes, pred_contrib=True) for booster in self.boosters]
        return np.asarray(np.mean(votes, axis=0), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Writes `booster.txt`, and the folder `boosters` with `booster_2.txt` ..., if any, and what they belong to.

        The folder is one output of the pipeline: what a run restores is then all boosters of that run and no other.
        """
        first = model_text(self.boosters[0])
        write_text(folder / FIRST, first)
        with whole_folder(folder / OTHERS) as others:
            write_text(others / BELONGS_TO, _sha256(first.encode("utf-8")) + "\n")
            for number, booster in enumerate(self.boosters[1:], start=2):
                write_text(others / f"booster_{number}.txt", model_text(booster))


def copy(source: Path, target: Path) -> None:
    """The boosters that `Ensemble.save` wrote in one folder, to the byte, in another.

    Raises:
        BundleError: the first and the others are not of one run.
    """
    first, *others = files(source)
    write_text(target / FIRST, first.read_text(encoding="utf-8"))
    with whole_folder(target / OTHERS) as made:
        for one in (*others, source / OTHERS / BELONGS_TO):
            write_text(made / one.name, one.read_text(encoding="utf-8"))


def save_rivals(rivals: Mapping[str, Ensemble], folder: Path) -> None:
    """Writes one booster a rival, `<name>.txt`; the folder is replaced as a whole."""
    with whole_folder(folder) as made:
        for name, one in rivals.items():
            write_text(made / f"{name}.txt", model_text(one.boosters[0]))


def load_rivals(folder: Path, contract: ModelContract) -> dict[str, Ensemble]:
    """Back from `save_rivals`, by name.

    Raises:
        BundleError: a file is not LightGBM text.
    """
    found = sorted(restored(folder).glob("*.txt"))
    return {path.stem: Ensemble((_load(path),), contract) for path in found}


def files(folder: Path) -> list[Path]:
    """The files of all boosters that `Ensemble.save` wrote, in their order.

    Raises:
        BundleError: the first and the others are not of one run.
    """
    first, belongs_to = folder / FIRST, restored(folder / OTHERS) / BELONGS_TO
    said = belongs_to.read_text(encoding="utf-8").strip() if belongs_to.is_file() else None
    if first.is_file() and said != _sha256(first.read_bytes()):
        raise BundleError(
            "The boosters are not all of one run: a run was stopped while it wrote them.",
            where=str(folder),
            value=f"{BELONGS_TO} in {OTHERS}: {said[:12] if said else 'absent'}",
            next_step="Run train again: `dvc repro train`.",
        )
    count = len(list((folder / OTHERS).glob("booster_*.txt")))
    others = [folder / OTHERS / f"booster_{number}.txt" for number in range(2, count + 2)]
    return [first, *others]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def load(folder: Path, contract: ModelContract) -> Ensemble:
    """The boosters of a folder.

    Raises:
        BundleError: the first is absent, one is not LightGBM text, or its features are not the contract's.
    """
    boosters = tuple(_load(path) for path in files(folder))
    for booster in boosters:
        if booster.feature_name() != contract.names:
            raise BundleError(
                "The booster was trained on other features than the contract names.",
                where=str(folder),
                value=_differ(booster.feature_name(), contract.names),
                next_step="Run train again: both files come from one run.",
            )
    return Ensemble(boosters, contract)


def _differ(learned: list[str], named: list[str]) -> str:
    """How two lists of features differ, in few words.

    >>> _differ(["late", "equity"], ["late", "profit"]), _differ(["late"], ["late", "profit"])
    ('equity in the booster, profit in the contract', '1 in the booster, 2 in the contract')
    """
    if len(learned) != len(named):
        return f"{len(learned)} in the booster, {len(named)} in the contract"
    one, other = next(pair for pair in zip(learned, named, strict=True) if pair[0] != pair[1])
    return f"{one} in the booster, {other} in the contract"


def of_texts(files: Mapping[str, bytes], contract: ModelContract) -> Ensemble:
    """The boosters among the files of a registered version: `booster.txt`, `booster_2.txt` ..."""
    count = sum(name.startswith("booster_") for name in files)
    names = [FIRST, *(f"booster_{number}.txt" for number in range(2, count + 2))]
    texts = [files[name].decode("utf-8") for name in names]
    return Ensemble(tuple(lgb.Booster(model_str=text) for text in texts), contract)


def _load(path: Path) -> lgb.Booster:
    try:
        return lgb.Booster(model_str=path.read_text(encoding="utf-8"))
    except (FileNotFoundError, lgb.basic.LightGBMError) as error:
        raise BundleError(
            "The booster cannot be read.",
            where=str(path),
            value=str(error),
            next_step="Run train again: `dvc repro train`.",
        ) from error


def model_text(booster: lgb.Booster) -> str:
    """The booster as text that does not depend on the number of threads it was trained with."""
    return re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", booster.model_to_string())
