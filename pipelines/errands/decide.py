"""Makes the version that was just registered champion where that is safe: asked for by `make retrain`, never by an experiment."""

from __future__ import annotations

import subprocess
import sys

from contracts.documents.checks import Checks
from contracts.documents.receipt import Receipt
from contracts.tables.derived import MATRIX, PARTITION, SCORED_TEST
from contracts.tables.store import read_table
from models.registry.champion import Champion
from models.registry.margin import Lost
from models.registry.promotion import Offer, settle
from models.registry.registration import measure, scored_sample
from pipelines import paths
from pipelines.errands.pack import weigh
from pipelines.registered.origin import origin
from pipelines.registered.outcome import same_meaning
from pipelines.registered.packed import pack_of
from pipelines.registered.registries import registry_of
from pipelines.run.refused import refusal
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def is_current() -> bool:
    """Whether DVC finds what lies here to be what the stages make of it."""
    command = [sys.executable, "-m", "dvc", "status", "--quiet", "--with-deps", "register"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - words of ours alone
    return done.returncode == 0


def decide(settings: Settings) -> str:
    """No stage: it moves an alias in the registry, which lies outside DVC, and reads what the stages left."""
    receipt, registry = Receipt.read(paths.RECEIPT), registry_of(settings)
    if receipt.version is None:
        told = refusal(Checks.read(paths.CHECKS), is_kept=registry.log.read().champion is not None)
        print("\n".join(told))
        return f"{receipt.name}: the model was refused by its gates, there is nothing to decide"
    params = settings.params
    offer = Offer(receipt.version, params.register_.margin, origin(), is_current, pack_of(registry))
    weigh(settings, registry, receipt.version)

    def measured(champion: Champion) -> Lost | str:
        tables = (
            read_table(paths.MATRIX, MATRIX),
            read_table(paths.PARTITION, PARTITION),
            read_table(paths.SCORED_TEST, SCORED_TEST),
        )
        level, is_stated = params.register_.significance, rests_on() is not None
        return measure(scored_sample(*tables), params.evaluate, level, is_stated=is_stated)(
            champion
        )

    return f"{receipt.name} {settle(registry, offer, same_meaning(settings, registry, measured))}"
