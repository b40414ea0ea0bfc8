"""What the score of this run says of itself where it was not fitted to the book's own defaults."""

from __future__ import annotations

import json

from contracts.documents.experience import Experience
from contracts.files import read_json
from pipelines import paths


def rests_on() -> Experience | None:
    """What the score of this run rests on where that is stated experience; None where it is fitted to the book's defaults."""
    found = read_json(paths.MEMBERS).get("experience")
    return None if found is None else Experience.model_validate_json(json.dumps(found))
