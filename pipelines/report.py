"""Turns the model's validation pack into the page and the sheets that a risk committee reads."""

from __future__ import annotations

from contracts.files import read_json, whole_file, write_text
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run
from reports.model import page as model_validation
from reports.model import sheets as model_validation_sheets


def report(_: Settings) -> str:
    """Writes `reports/validation_model.html` and `.xlsx`, both from `reports/validation_model.json` alone."""
    pack = read_json(paths.MODEL_VALIDATION_JSON)
    html, sheets = model_validation.render(pack), model_validation_sheets.render(pack)
    write_text(paths.MODEL_VALIDATION_HTML, html)
    with whole_file(paths.MODEL_VALIDATION_XLSX) as partial:
        partial.write_bytes(sheets)
    verdict, n = pack["verdict"]["outcome"], len(pack["findings"])
    return f"validation {verdict}, {n} findings, page of {len(html) // 1000} kB"


if __name__ == "__main__":
    run(report)
