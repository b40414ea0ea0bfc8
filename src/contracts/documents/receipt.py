"""What became of a model: `data/model/receipt.json`."""

from __future__ import annotations

from contracts.documents.base import Document


class Receipt(Document):
    """The version that holds a model, or that it was refused.

    Attributes:
        name: of the registered model, `bonitas-<portfolio>`.
        version: its number in the registry; None where the model was refused.
        digest: sha256 of the bundle.
        alias: `champion`, or under which it waits: `challenger`, or `candidate` of an experiment or of uncommitted code;
            None where it bears none.
        verdict: `champion`, `challenger`, `candidate` or `refused`, as it was registered; a later decision moves the alias and
            stands in the registry's log (`bonitas history`).
    """

    name: str
    version: str | None
    digest: str
    alias: str | None
    verdict: str
