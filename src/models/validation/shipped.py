"""The model that ships beside the one that was validated: the same recipe, fitted again on the rows it was tested on as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from contracts.config.scale import ScaleConfig
from contracts.documents.observed import Observed
from contracts.documents.outlook import Outlook
from contracts.documents.validation_inside import AgreedGrade, Shipped, Weighed
from models.base.data import Part
from models.gates.certificate import certify
from models.measures.agreement import Agreement, agreement
from models.validation.scored import Models


def beside_twin(models: Models, newest: Part, scale: ScaleConfig) -> dict[str, Any]:
    """What the gates on the model that ships look at, by name; nothing where the validated one ships.

    Args:
        models: the validated one, and the one that ships.
        newest: rows that neither has learned from, where there are such.
        scale: PD to grade.
    """
    if models.shipped is None or len(newest) == 0:
        return {}
    ensemble, calibrator = models.shipped
    promised = any(feature.direction for feature in ensemble.contract.features)
    codes = ensemble.contract.encode(newest.features)
    return {
        "shipped": agreement(
            calibrator.apply(ensemble.margin_of(codes)),
            models.calibrator.apply(models.ensemble.margin_of(codes)),
            newest.customer_id,
            scale,
        ),
        "shipped_violations": certify(ensemble.boosters, ensemble.contract) if promised else None,
    }


def unlearned(recent: Part | None, learned: Mapping[str, Any] | None) -> Part | None:
    """Of the rows whose outcomes are open those that the model that ships has learned nothing of either; None where there is none.

    Args:
        recent: rows whose outcomes are open.
        learned: `data/model/shipped.json`.
    """
    if recent is None or len(recent) == 0:
        return None
    weighed = None if learned is None else learned.get("open")
    if weighed is None:
        return recent
    newer = recent.take(recent.as_of >= np.datetime64(weighed["until"], "D"))
    return newer if len(newer) else None


def shipped_facts(
    models: Models, agreed: Agreement | None, learned: Mapping[str, Any] | None
) -> Shipped | None:
    """What the page says of it; None where nobody left what it has learned from.

    Args:
        models: the validated one, and the one that ships.
        agreed: how far the two agree; None where they are the same.
        learned: `data/model/shipped.json`.
    """
    if learned is None:
        return None
    own = {
        key: value
        for key, value in learned.items()
        if key not in {"policy", "level", "twin", "open"}
    }
    calibrator = models.calibrator if models.shipped is None else models.shipped[1]
    return Shipped(
        policy=learned["policy"],
        own=Observed.model_validate(own, strict=False),
        twin=Observed.model_validate(learned["twin"], strict=False),
        weighed=None if learned.get("open") is None else Weighed.model_validate(learned["open"], strict=False),
        method=calibrator.method,
        level=None if learned["level"] is None else Outlook.model_validate(learned["level"], strict=False),
        rows=0 if agreed is None else agreed.rows,
        rank=None if agreed is None else agreed.rank,
        own_pd=None if agreed is None else agreed.own_pd,
        twin_pd=None if agreed is None else agreed.twin_pd,
        grades=() if agreed is None else tuple(
            AgreedGrade(grade=one.grade, customers=one.customers, own_pd=one.own_pd, twin_pd=one.twin_pd, off=one.off)
            for one in agreed.grades
        ),
    )  # fmt: skip
