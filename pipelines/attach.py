"""Puts the model validation, as a committee reads it, beside the registered version in MLflow; once, whatever is run again."""

from __future__ import annotations

from contracts.documents.receipt import Receipt
from models.registry.registry import Registry
from pipelines import paths
from pipelines.settings import Settings, registry_uri

KEPT = (paths.MODEL_VALIDATION_HTML, paths.MODEL_VALIDATION_XLSX)


def attach(settings: Settings) -> str:
    """No stage: it writes to the registry alone, which lies outside DVC, and what is there already stays."""
    receipt = Receipt.read(paths.RECEIPT)
    if receipt.version is None:
        return f"{receipt.name} has no new version to keep a page beside"
    registry = Registry(registry_uri(settings), settings.name)
    added = registry.attach(receipt.version, KEPT)
    return f"{receipt.name} version {receipt.version}: {', '.join(added) or 'nothing'} added"
