"""What a decision on a version stood on: its gates and figures, as its signature vouches for them, and whether they are still what they were."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from mlflow.entities.model_registry import ModelVersion

from contracts.errors import RegistryError
from contracts.scratch import scratch
from models.registry.decisions import Decision
from models.registry.purged import is_purged
from models.registry.registry import Registry
from models.registry.seal import sha256
from models.registry.shelf import EVIDENCE, ORIGIN
from models.registry.tracking import EVIDENCE_FILE, quiet

WAIVED = "waived"
COMMIT = "mlflow.source.git.commit"
SHORT = 12
"""Digits of a digest that are shown."""


def gates_of(registry: Registry, number: str) -> dict[str, str]:
    """Outcome by code, `waived` where a failed gate was; none of a version that was registered before its gates were kept, or whose run is gone.

    Raises:
        RegistryError: the file is not the one that was signed.
    """
    held = _kept(registry, number)
    return {} if held is None else _outcomes(held)


def stood_on(registry: Registry, made: Decision) -> str:
    """The evidence of a decision in one line: where it lies, whether it is what was decided on, and what it says.

    Args:
        registry: that the decision was made in.
        made: the decision.

    Raises:
        RegistryError: the file is not the one that was signed.
    """
    version, digest = f"version {made.version}", made.evidence[:SHORT]
    held = next((one for one in registry.versions() if str(one.version) == made.version), None)
    if held is None:
        return f"{version}, evidence {digest}: the version was deleted in MLflow; what is left of its evidence is its digest"
    now = registry.evidence(made.version)
    if now != made.evidence:
        return f"{version}, evidence {digest}: NOT what lies in the registry now ({now[:SHORT]}); its seal or its evidence was changed"
    kept = _kept(registry, made.version)
    if kept is None:
        return f"{version}, evidence {digest}, unchanged: its gates and figures were not kept, or its run is gone"
    counted = Counter(_outcomes(kept).values())
    gates = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in sorted(counted.items()))
    parent = held.tags.get("parent", "none")
    made_of = "" if parent == "none" else f", a calibration of version {parent}"
    pack = f"; pack {made.pack[:SHORT]} in its reports" if made.pack else ""
    return (
        f"{version}, evidence {digest}, unchanged: gates {gates}{_figures(kept)}{made_of}; {_code(registry, held)}; "
        f"run {held.run_id}, {EVIDENCE_FILE}{pack}"
    )


def _code(registry: Registry, held: ModelVersion) -> str:
    """Of which code it was made, as its run says."""
    tags = registry.client.get_run(str(held.run_id)).data.tags
    commit, kind = tags.get(COMMIT), held.tags.get(ORIGIN)
    if not commit:
        return "of no known commit"
    beside = {"dirty": ", with changes that were not committed", "experiment": ", by an experiment of DVC"}  # fmt: skip
    return f"of commit {commit[:SHORT]}{beside.get(str(kind), '')}"


def _figures(kept: dict[str, Any]) -> str:
    """The figures that people look at first, where the version has them: of a model its test part, of a calibration what it corrected."""
    metrics = kept.get("metrics") or {}
    test, cohort = metrics.get("test") or {}, metrics.get("cohort") or {}
    if test.get("roc_auc") is not None:
        return f"; ROC AUC {test['roc_auc']:.3f} on {test['n']:,} observations, {test['defaults']:,} defaults"
    if cohort and metrics.get("decision"):
        return f"; {metrics['decision']} {metrics['correction']['intercept']:+.2f} on {cohort['rows']:,} observations, {cohort['defaults']:,} defaults"
    return ""


def _outcomes(kept: dict[str, Any]) -> dict[str, str]:
    return {str(one["code"]): WAIVED if one.get("waiver") else str(one["outcome"]) for one in kept["gates"]}  # fmt: skip


def _kept(registry: Registry, number: str) -> dict[str, Any] | None:
    """Gates and figures of a version; None where they were not kept, or its run is gone. Raises RegistryError where the file is not the one that was signed."""
    held = registry.client.get_model_version(registry.name, number)
    if EVIDENCE not in held.tags or held.run_id is None:
        return None
    if is_purged(registry.client, str(held.run_id)):
        return None
    with scratch() as folder, quiet(), registry.at_home():
        file = registry.client.download_artifacts(str(held.run_id), EVIDENCE_FILE, str(folder))
        content = Path(file).read_bytes()
    if sha256(content) != held.tags[EVIDENCE]:
        raise RegistryError(
            f"The evidence of version {number} of '{registry.portfolio}' is not what was signed.",
            where=f"{registry.name}, {EVIDENCE_FILE}",
            next_step="Restore the file from a backup of the registry's artifacts, or register the model anew.",
        )
    found: dict[str, Any] = json.loads(content.decode("utf-8"))
    return found
