"""Puts the model validation, as a committee reads it, beside the registered version in MLflow; once, whatever is run again."""

from __future__ import annotations

from pathlib import Path

from contracts.documents.receipt import Receipt
from contracts.scratch import scratch
from models.registry.beside import Beside
from pipelines import paths
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings
from reports.pages import page

KEPT = ("model", "sheets")


def attach(settings: Settings) -> str:
    """No stage: it writes to the registry alone, which lies outside DVC, and what is there already stays.

    The pages are made of the figures that the version was registered with and keeps, never taken from `reports/`, where
    those of another version may lie. Where the registry does not know the model any more (it was deleted, or is a new one),
    DVC has nothing to run, for no file has changed: the model is registered again here.
    """
    receipt, registry, again = Receipt.read(paths.RECEIPT), registry_of(settings), ""
    held = registry.find(receipt.digest)
    if receipt.version is not None and (held is None or str(held.version) != receipt.version):
        from pipelines.register import register  # noqa: PLC0415 - boosters and measures, seldom needed here

        again = f"; the registry did not know it, so it was registered again: {register(settings)}"
        receipt = Receipt.read(paths.RECEIPT)
    if receipt.version is None:
        return f"{receipt.name} has no new version to keep a page beside"
    beside = Beside(registry, receipt.version)
    wanted = {Path(one.file).name: one for one in map(page, KEPT)}
    if beside.is_purged:
        return f"{receipt.name} version {receipt.version}: its run was deleted for good in MLflow, so nothing can be kept beside it"
    absent = beside.lacking(list(wanted))
    with scratch() as folder:
        if absent:
            document = beside.fetched(paths.MODEL_VALIDATION_JSON.name, folder)
        for name in absent:
            made = wanted[name].made(document)
            if not isinstance(made, bytes):
                raise TypeError(
                    f"{name} is a folder of pages, and one file is kept beside a version"
                )
            (folder / name).write_bytes(made)
        beside.add([folder / name for name in absent])
    return (
        f"{receipt.name} version {receipt.version}: {', '.join(absent) or 'nothing'} added{again}"
    )
