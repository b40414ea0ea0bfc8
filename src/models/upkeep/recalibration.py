"""A new calibrator for the champion's booster, checked on customers it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.config.gates import GateConfig
from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.finding import Finding
from contracts.documents.monitoring import Version
from contracts.documents.outlook import Outlook, Ruling
from contracts.documents.recalibration import CorrectionPart, Recalibration
from contracts.scale import grade, score
from models.calibration.calibrators import from_json
from models.registry.bundle import CALIBRATOR, TWIN, Bundle, text_of
from models.registry.champion import Champion
from models.registry.learned import lasting_in_words
from models.registry.log import CHALLENGER, CHAMPION
from models.registry.reference import registration_sample
from models.registry.registration import CARRIED, LEVELLED
from models.registry.registry import Judge
from models.registry.twin import BEFORE, DATED, UNTIL, corrections
from models.upkeep.held_back import Halves, held_back_checks
from models.upkeep.ladder import STEPS, Climb, Correction, climb
from models.upkeep.matured import Matured, matured_of
from models.upkeep.restated import restated
from models.upkeep.ruling import CALIBRATED, Ruled, ruling, said
from models.upkeep.watched import Watched


def composed(calibrator: Mapping[str, Any], correction: Correction) -> dict[str, Any]:
    """The calibrator that applies the old one, then the correction.

    A straight line on a straight line is one straight line: identity, offset and Platt stay in that family.
    After any other (or an anchor) the correction becomes `next`, and further ones merge with it.

    >>> composed({"method": "platt", "slope": 0.75, "intercept": 1.0}, Correction(0.2, 2.0))
    {'method': 'platt', 'slope': 1.5, 'intercept': 2.2}
    >>> composed({"method": "identity"}, Correction(0.3))
    {'method': 'offset', 'intercept': 0.3}
    """
    if correction == Correction():
        return dict(calibrator)
    straight = calibrator["method"] in {"identity", "offset", "platt"}
    if straight and not correction.curvature and not {"anchor", "next"} & _filled(calibrator):
        return _line(calibrator, correction)
    return {**calibrator, "next": _chained(calibrator.get("next"), correction)}


def _filled(calibrator: Mapping[str, Any]) -> set[str]:
    return {name for name, value in calibrator.items() if value}


def _line(calibrator: Mapping[str, Any], correction: Correction) -> dict[str, Any]:
    slope = calibrator.get("slope", 1.0) * correction.slope
    intercept = correction.intercept + correction.slope * calibrator.get("intercept", 0.0)
    if slope == 1.0:
        return {"method": "offset", "intercept": intercept}
    return {"method": "platt", "slope": slope, "intercept": intercept}


def _chained(step: Mapping[str, Any] | None, correction: Correction) -> dict[str, Any]:
    if not step:
        return correction.as_json()
    if step.get("next") or step.get("curvature") or correction.curvature:
        return {**step, "next": _chained(step.get("next"), correction)}
    return {
        "slope": step["slope"] * correction.slope,
        "intercept": correction.intercept + correction.slope * step["intercept"],
    }


def recalibrated(champion: Champion, matured: Matured, found: Climb, bins: int) -> Bundle:
    """The champion's bundle with the new calibrator: the same booster bytes, the matured cohorts as registration sample.

    Open outcomes make no registration sample: that of the champion stays, with the scores and grades of its days at the new level.
    """
    calibrator = composed(champion.bundle.json("calibrator.json"), found.correction)
    reference = _sample(champion, matured, calibrator, bins)
    reference |= learned_of(found.outlook)
    reference |= _known(champion, matured, found.correction)
    card = champion.bundle.files["model_card.md"].decode("utf-8")
    note = _note(champion, matured, found)
    return champion.bundle.replaced(
        {
            "calibrator.json": text_of(calibrator),
            "reasons.json": text_of(
                restated(
                    champion.bundle.json("reasons.json"), found.correction, matured.evidence.odds
                )
            ),
            "reference.json": text_of(reference),
            "model_card.md": card + note,
        }
    )


def _sample(
    champion: Champion, matured: Matured, calibrator: Mapping[str, Any], bins: int
) -> dict[str, Any]:
    """The registration sample of the new version."""
    before, contract = (champion.bundle.json(one) for one in ("reference.json", "contract.json"))
    scale = ScaleConfig(**champion.bundle.json("scale.json"))
    held = matured.registered if matured.is_open else matured.rows
    if held is None or held.empty:
        return dict(before)
    chance = from_json(calibrator).apply(held["margin"].to_numpy())
    rows = held.assign(pd=chance, score=score(chance, scale), grade=grade(chance, scale))
    sample = registration_sample(
        rows.assign(defaulted=rows["defaulted"].fillna(value=False)),
        contract["features"],
        bins=bins,
        horizon_months=int(contract["horizon_months"]),
        n_grades=scale.n_grades,
    )
    if matured.is_open:
        return {**before, "score": sample["score"], "grade": sample["grade"]}
    # the points stay as they were stated
    return {**sample, "calibrated_until": str(matured.cohort().until), "rests_on": before.get("rests_on")}  # fmt: skip


def learned_of(year: Outlook | None) -> dict[str, Any]:
    """Until when outcomes have told the level, and what is left of it once it was corrected, or left as it was."""
    if year is None or year.carried is None:
        return {LEVELLED: None if year is None else str(year.until), CARRIED: None}
    left = year.carried.corrected(year.offset if year.advised else 0.0)
    return {LEVELLED: str(year.until), CARRIED: left.model_dump(mode="json")}


def _known(champion: Champion, matured: Matured, correction: Correction) -> dict[str, Any]:
    """What comparisons with later versions need: the corrections with the days from which they were known (`models.registry.twin`)."""
    before = champion.bundle.json("reference.json")
    told: dict[str, Any] = {
        DATED: [*corrections(before), {"from": str(matured.newest), **correction.as_json()}]
    }
    if f"{TWIN}{CALIBRATOR}" in champion.bundle.files:
        return {**told, UNTIL: before[UNTIL]}
    return {**told, BEFORE: before.get(BEFORE) or champion.bundle.json("calibrator.json")}


def _note(champion: Champion, matured: Matured, found: Climb) -> str:
    """What the model card says of it."""
    facts = matured.cohort()
    how = " followed month by month, for their outcome is open" if facts.is_open else ""
    return (
        f"\n## Recalibration of version {champion.version}\n\n"
        f"The same booster; {CALIBRATED[found.decision]} refitted on the outcomes of {facts.customers:,} customers{how}, "
        f"days of decision from {facts.from_} to before {facts.until}; customers that defaulted: {facts.defaults:,}. "
        f"{_year_of(found.outlook)}"
        "The figures above are those of the version it comes from.\n"
    )


def _year_of(year: Outlook | None) -> str:
    if year is None:
        return ""
    return f"The level is that forecast for {year.use_from} to before {year.use_until}, from defaults of {year.from_} to before {year.until}.{lasting_in_words(year.model_dump())} "


def report(
    champion: Champion,
    matured: Matured,
    found: Climb,
    checks: tuple[Finding, ...],
    config: RecalibrateConfig,
    told: Ruling,
) -> Recalibration:
    """`reports/recalibration.json`, but for the version that comes of it."""
    correction = found.correction
    return Recalibration(
        portfolio=champion.bundle.json("contract.json")["portfolio"],
        champion=Version(name=champion.name, version=champion.version, digest=champion.digest),
        cohort=matured.cohort(),
        steps=found.steps,
        decision=found.decision,
        outlook=found.outlook,
        correction=CorrectionPart(
            intercept=correction.intercept,
            slope=correction.slope,
            curvature=correction.curvature,
        ),
        detectable_shift=found.detectable_shift,
        power=config.power,
        ruling=told,
        gates=checks,
        rests_on=champion.rests_on,
        timing=None if matured.months is None else matured.months.steady,
    )


def decide(
    matured: Matured, config: RecalibrateConfig, gates: Mapping[str, GateConfig]
) -> tuple[Climb, tuple[Finding, ...]]:
    """How far the evidence leads, and the gates of the step taken (none where none is)."""
    found = climb(matured.evidence, config, matured.ahead(config))
    if found.decision not in STEPS:
        return found, ()
    return found, held_back_checks(
        matured.evidence, found.decision, gates, _halves(matured, config)
    )


def decided(
    seen: Watched,
    config: RecalibrateConfig,
    gates: Mapping[str, GateConfig],
) -> Ruled | None:
    """What `recalibrate` does on the same book, for the page of monitoring; None where the champion has scored nothing."""
    if seen.every is None:
        return None
    matured = matured_of(seen, config)
    found, checks = decide(matured, config, gates)
    return Ruled(ruling(matured, found, checks, config, gates), found.outlook)


def _halves(matured: Matured, config: RecalibrateConfig) -> Halves | None:
    """What each half of the customers says of the year to come, the one that teaches first."""
    teacher, student = matured.ahead(config, judged=False), matured.ahead(config, judged=True)
    return None if teacher is None or student is None else (teacher.outlook, student.outlook)


def standing(*, promote: bool) -> Judge:
    """A recalibrated version challenges; it is a person who makes it champion, unless the config says otherwise."""

    def look(champion: Champion) -> tuple[str, str]:
        why = f"recalibration of version {champion.version}"
        return (CHAMPION if promote else CHALLENGER), why

    return look


def line(text: Recalibration, absent: Sequence[str] = ()) -> str:
    """What was decided, in one line for the command line; where no test could be made, that nothing changes is no finding.

    Args:
        text: the report.
        absent: inputs of the champion that are not delivered.
    """
    if absent:
        named = f"{', '.join(absent[:5])}{' ...' if len(absent) > 5 else ''}"
        return f"inputs of the champion are not delivered ({named}): no outcome counts and the calibration stays; deliver them, or `make retrain`"
    done = said(text.ruling)
    if text.version is None:
        return done
    if text.alias is None:
        return f"{done}; version {text.version} is that, and waits no more: `bonitas history` says what was decided"
    if text.alias == CHAMPION:
        return f"{done}; version {text.version} is champion"
    return f"{done}; version {text.version} waits as {text.alias}: `bonitas pack {text.version}` shows what it would change, and a person decides"
