"""The recipe of this run, read back: what `refit` and `origins` do again."""

from __future__ import annotations

from contracts.files import read_json
from models.base.data import ModelContract
from models.training.earned import plain_beside
from models.training.flavours import Members
from models.training.recipe import Recipe
from pipelines import paths
from pipelines.settings import Settings


def recipe_of_run(settings: Settings, *, compared: bool = False) -> Recipe:
    """Members and features as train chose them, with the settings; `compared`: with a plain booster beside them where none is a member."""
    params = settings.params
    told = read_json(paths.MEMBERS)
    members = Members.from_json(told)
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    return Recipe(
        members,
        contract,
        params.train,
        params.calibrate,
        params.recalibrate,
        plain_beside(members, told["tried"], contract, params.train) if compared else None,
    )
