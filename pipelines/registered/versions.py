"""What a registered version says of a customer beside what the model of this run says, both on what is known today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from contracts.config.scale import ScaleConfig
from contracts.documents.customer import SinceVersion
from contracts.files import read_json
from models.base.data import ModelContract
from models.boosting.booster import Ensemble, load, of_texts
from models.calibration import calibrators
from models.explanation.movement import Version, between_versions
from models.registry.registry import Registry
from pipelines import paths
from pipelines.settings import Settings, registry_uri


def since_version(settings: Settings, customer: str, which: str) -> SinceVersion | None:
    """The change of a customer's score from a version to the model of this run; None where it has no row in the newest book.

    Raises:
        RegistryError: there is no such version.
        ContractError: the matrix lacks a feature that the version reads.
    """
    version = Registry(registry_uri(settings), settings.name).asked(which)
    rows: pd.DataFrame = pq.read_table(paths.MATRIX, filters=[("customer_id", "=", customer)]).to_pandas(date_as_object=False)  # fmt: skip
    newest = pq.read_table(paths.PORTFOLIO, columns=["as_of"])["as_of"].to_pandas().max()
    row = rows[rows["as_of"] == pd.Timestamp(newest)]
    if row.empty:
        return None
    read = version.bundle.json
    then = _maker(read("contract.json"), read("calibrator.json"), ScaleConfig(**read("scale.json")))
    old = of_texts(version.bundle.files, then[0])
    now = _maker(
        read_json(paths.MODEL_CONTRACT), read_json(paths.CALIBRATOR), settings.params.scale
    )
    new = load(paths.BOOSTER.parent, now[0])
    return split(f"{version.version}", row, (old, then[1]), (new, now[1]))


def _maker(
    contract: dict[str, Any], calibrator: Mapping[str, Any], scale: ScaleConfig
) -> tuple[ModelContract, Version]:
    made = Version(calibrators.from_json(calibrator).apply, scale)
    return ModelContract.from_json(contract), made


def split(
    name: str, row: pd.DataFrame, old: tuple[Ensemble, Version], new: tuple[Ensemble, Version]
) -> SinceVersion:
    """The parts of the change, which sum to it.

    Args:
        name: of the version before.
        row: one row of the matrix.
        old: the version before.
        new: that of this run.
    """
    margins = old[0].margin(row), new[0].margin(row)
    found = between_versions(margins, old[1], new[1])
    return SinceVersion(
        version=name,
        score_then=float(old[1].score(margins[0])[0]),
        score_now=float(new[1].score(margins[1])[0]),
        model=float(found.model[0]),
        calibration=float(found.calibration[0]),
        scale=float(found.scale[0]),
    )
