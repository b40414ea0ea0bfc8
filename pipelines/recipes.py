"""The recipe of this run, read back: what `refit` and `origins` do again."""

from __future__ import annotations

from contracts.files import read_json
from models.base.data import ModelContract
from models.training.flavours import Members
from models.training.recipe import Recipe
from pipelines import paths
from pipelines.settings import Settings


def recipe_of_run(settings: Settings) -> Recipe:
    """Members and features as train chose them, with the settings."""
    params = settings.params
    return Recipe(
        Members.from_json(read_json(paths.MEMBERS)),
        ModelContract.from_json(read_json(paths.MODEL_CONTRACT)),
        params.train,
        params.calibrate,
        params.recalibrate,
    )
