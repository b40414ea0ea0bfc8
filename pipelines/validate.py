"""Raw tables through the named rules: valid rows, rows set aside with their rule, and a report for the data owner."""

from __future__ import annotations

from importlib import import_module

from contracts.duck import connect
from contracts.errors import RuleError
from contracts.files import read_json, whole_folder
from contracts.tables.queries import kept_queries
from pipelines import paths
from pipelines.settings import Settings
from quality.delivery.delivery import Delivery
from quality.delivery.findings import report, stop_if_beyond
from quality.delivery.trend import delivery_id
from quality.rules.catalogue import Tolerances


def validate(settings: Settings) -> str:
    """Writes `data/valid`, `data/quarantine` and `reports/validation.json`, and returns the rows set aside.

    Where a rule stops the run, the report, its page and the quarantine are written all the same, for then they are
    needed most. DVC does not take up the outputs of a stage that failed: `data/valid` stays as it was.
    """
    common = Tolerances(
        settings.params.validate_.tolerance, where=f"{paths.PARAMS} > validate > tolerance"
    )
    where = f"{paths.PORTFOLIOS / settings.name}.yaml > tolerance"
    tolerances = Tolerances(settings.portfolio.tolerance, where=where, beneath=common)
    kept = kept_queries(paths.PROGRAMS, f"validate {settings.name}")
    with kept as queries, connect(settings.params.engine) as connection:
        delivery = Delivery(connection, paths.RAW, settings.portfolio, queries)
        validation = delivery.check()
        findings = report(
            (settings.name, settings.portfolio),
            validation,
            tolerances,
            delivery=delivery_id(read_json(paths.MANIFEST)["source"]),
            previous=read_json(paths.OUTSIDE_PREVIOUS),
        )
        try:
            stop_if_beyond(validation, tolerances, settings.name)
        except RuleError:
            with whole_folder(paths.QUARANTINE) as quarantine:
                delivery.write_quarantine(quarantine)
            findings.write(paths.VALIDATION_JSON)
            # no dependency of this stage: the page's code matters only where the run ends here
            import_module("reports.pages").page("data_quality").write()
            raise
        with whole_folder(paths.QUARANTINE) as quarantine, whole_folder(paths.VALID) as valid:
            delivery.write(valid, quarantine)
    findings.write(paths.VALIDATION_JSON)
    set_aside = sum(count.rows_quarantined for count in findings.tables)
    return f"{sum(count.rows_in for count in findings.tables):,} rows, {set_aside:,} set aside"
