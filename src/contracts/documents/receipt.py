"""What became of a model: `data/model/receipt.json`."""

from __future__ import annotations

from contracts.documents.base import Document


class Receipt(Document):
    """The version that holds a model, or that it was refused.

    Attributes:
        name: of the registered model, `bonitas-<portfolio>`.
        version: its number in the registry; None where the model was refused.
        digest: sha256 of the bundle.
        alias: `champion` or `challenger`, None where it bears neither.
        verdict: `champion`, `challenger` or `refused`; once written it stands, while an alias may move on.
    """

    name: str
    version: str | None
    digest: str
    alias: str | None
    verdict: str
