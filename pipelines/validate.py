"""Raw tables through the named rules: valid rows, rows set aside with their rule, and a report for the data owner."""

from __future__ import annotations

from contracts.duck import connect
from contracts.files import read_json, whole_folder, write_json, write_text
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run
from quality.delivery.delivery import Delivery
from quality.delivery.findings import report, stop_if_beyond
from quality.delivery.trend import delivery_id
from quality.rules.catalogue import Tolerances
from reports.data_quality import render


def validate(settings: Settings) -> str:
    """Writes `data/valid`, `data/quarantine` and `reports/validation.*`, and returns the rows set aside."""
    where = f"{paths.PARAMS} > validate > tolerance"
    tolerances = Tolerances(settings.params.validate_.tolerance, where=where)
    with (
        connect(settings.params.engine) as connection,
        whole_folder(paths.QUARANTINE) as quarantine,
        whole_folder(paths.VALID) as valid,
    ):
        delivery = Delivery(connection, paths.RAW, settings.portfolio)
        validation = delivery.check()
        stop_if_beyond(validation, tolerances)
        delivery.write(valid, quarantine)
        findings = report(
            (settings.name, settings.portfolio),
            validation,
            tolerances,
            delivery=delivery_id(read_json(paths.MANIFEST)["source"]),
            previous=read_json(paths.OUTSIDE_PREVIOUS),
        )
        page = render(findings)
    write_json(paths.VALIDATION_JSON, findings)
    write_text(paths.VALIDATION_HTML, page)
    rows_in = sum(count.rows_in for count in validation.counts)
    set_aside = sum(count.rows_quarantined for count in validation.counts)
    return f"{rows_in:,} rows, {set_aside:,} set aside; see {paths.VALIDATION_HTML}"


if __name__ == "__main__":
    run(validate)
