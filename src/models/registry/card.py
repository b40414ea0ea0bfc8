"""The model card: what a version is, on which data it stands, how good it is, and what it must not be used for."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.config.default import DefaultConfig
from contracts.documents.experience import Experience
from contracts.numbers import plain
from models.registry.learned import learned_in_words

RESTS_ON = "rests_on"
"""Tag of a version."""
FIGURES = (
    ("roc_auc", "ROC AUC"),
    ("average_precision", "Average precision"),
    ("ks", "Kolmogorov-Smirnov"),
    ("brier", "Brier score"),
    ("brier_skill", "Brier skill"),
    ("log_loss", "Log loss"),
    ("ece", "Expected calibration error"),
    ("cox_slope", "Cox slope"),
    ("cox_intercept", "Cox intercept"),
)
INTENDED = (
    "It ranks and rates business customers that buy on credit: probability of default within the horizon, score, "
    "grade. It supports a credit manager who decides on limits and terms and can be asked for reasons."
)
LIMITS = (
    "It says nothing about customers without the inputs of its contract, nor about loss given default.",
    (
        "It was validated on the portfolio and the dates above; another portfolio, or a break in the economy, needs a "
        "new validation. `make upkeep` watches for it."
    ),
    "Customers whose limits were cut could not default in full: what was never granted is not in the data.",
    "Sole traders are natural persons: deciding on them by machine alone is not an intended use.",
    "SHAP values explain the model, not the causes of a default.",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the card is about.

    Attributes:
        portfolio: name and title.
        definition: the definition of default in one line.
        features: of contract.json.
        calibrator: of calibrator.json.
        parts: rows, customers, defaults, first and last day by part of the split.
        parent: the version it was recalibrated from, if any.
        rests_on: what the score rests on where it was not fitted to the book's own defaults.
        learned: `data/model/shipped.json`: what it has learned from and until when, and the same of its validated twin.
        outcome: what its default means, for `contract.json`; None: the version does not say.
    """

    portfolio: str
    title: str
    horizon_months: int
    definition: str
    features: Sequence[Mapping[str, Any]]
    calibrator: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]
    parent: str | None = None
    rests_on: Experience | None = None
    learned: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None


def model_card(
    subject: Subject,
    metrics: Mapping[str, Any],
    checks: Sequence[Mapping[str, Any]],
    n_grades: int,
) -> str:
    """The card in Markdown. The same model gives the same text: it bears no date of its making.

    Args:
        subject: what it is about.
        metrics: `reports/metrics.json`.
        checks: `reports/checks.json`.
        n_grades: of its scale.
    """
    sections = [
        f"# Customer health score: {subject.portfolio}",
        *([rests_on_words(subject.rests_on)] if subject.rests_on else []),
        *([] if subject.learned is None else [learned_in_words(subject.learned)]),
        _what(subject, n_grades),
        "## Data\n\n" + _parts(subject.parts),
        "## How good it is (out-of-time test)\n\n" + _figures(metrics),
        "## Gates\n\n" + _gates(checks),
        f"## Intended use\n\n{INTENDED}",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
    ]
    return "\n\n".join(sections) + "\n"


def _what(subject: Subject, n_grades: int) -> str:
    promised = sum(1 for feature in subject.features if feature.get("direction"))
    is_fitted = subject.rests_on is None
    kind = "gradient-boosted trees (LightGBM)" if is_fitted else "stated points, written as LightGBM trees,"  # fmt: skip
    lines = [
        f"- Portfolio: {as_text(subject.title)}",
        f"- Predicts: the probability that a customer in good standing enters default within {subject.horizon_months} months",
        f"- Default: {subject.definition}",
        f"- Model: {kind} on {len(subject.features)} features, {promised} of them with a promised direction",
        f"- Calibration: {calibration_in_words(subject.calibrator)}",
        f"- Output: margin (log-odds before calibration), pd, score 1..999 (higher is healthier), grade 1..{n_grades}",
    ]
    if subject.parent:
        lines.append(f"- Recalibrated from version {subject.parent}: the same booster")
    return "## What it is\n\n" + "\n".join(lines)


def rests_on_words(stated: Experience) -> str:
    """The first words of the card of a score of stated experience.

    >>> stated = Experience(why="none", customers=0, needed=20, long_run_rate=0.03, stated_pd=0.03, mean_pd=0.021,
    ...     data_share=0.1, level_share=0.4, points_share=0.08, inputs=17)
    >>> print(rests_on_words(stated)[:96])
    **It rests on stated experience, not on the portfolio's own defaults.** 0 customers defaulted in
    """
    if stated.own:
        title, of = (
            "It was learned from few defaults, and its level rests on a stated default rate.",
            "The rate is that",
        )
    else:
        title, of = (
            "It rests on stated experience, not on the portfolio's own defaults.",
            "Points and rates are those",
        )
    return (
        f"**{title}** {stated.customers:,} customers defaulted in "
        f"what it may learn from; the data count for {stated.data_share:.0%}. {of} of `configs/expert.yaml`: "
        f"{stated.long_run_rate:.2%} of customers in good standing default in a year. The mean PD is {stated.mean_pd:.2%}. "
        "How well it ranks and how right its level is were not shown on this portfolio's outcomes."
    )


def rests_on_tag(stated: Experience | None) -> dict[str, str]:
    """What the registry says beside a version of a score of stated experience; nothing beside a fitted one."""
    if stated is None:
        return {}
    begins = "few defaults and a stated rate" if stated.own else "stated experience"
    told = f"{begins}, {stated.customers} defaulted customers, long-run rate {stated.long_run_rate:.2%} a year"
    return {RESTS_ON: told}


def calibration_in_words(calibrator: Mapping[str, Any]) -> str:
    """The calibrator in one line.

    >>> calibration_in_words({"method": "platt", "anchor": {"rate": 0.02, "shift": 0.3}, "next": {}})
    'platt, anchored to a long-run default rate of 2.00% (through the cycle)'
    """
    words = [str(calibrator["method"])]
    if calibrator.get("anchor"):
        rate = calibrator["anchor"]["rate"]
        words.append(f"anchored to a long-run default rate of {rate:.2%} (through the cycle)")
    else:
        words.append("point in time")
    if calibrator.get("next"):
        words.append("recalibrated on newer outcomes")
    return ", ".join(words)


def _parts(parts: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        [name, part["rows"], part["customers"], part["defaults"], part["from"], part["until"]]
        for name, part in parts.items()
    ]
    return _table(["part", "rows", "customers", "rows in default", "from", "before"], rows)


def _figures(metrics: Mapping[str, Any]) -> str:
    columns = [name for name in ("test", "baseline", "oracle") if metrics.get(name)]
    titles = {"test": "this model", "baseline": "scorecard", "oracle": "known truth"}
    rows = [
        [title, *(_figure(metrics[column], key) for column in columns)]
        for key, title in FIGURES
        if metrics.get("test", {}).get(key) is not None
    ]
    text = _table(["", *(titles[column] for column in columns)], rows)
    premium = metrics.get("complexity_premium") or {}
    if premium.get("gini") is None:
        return text
    low, high = premium.get("gini_ci") or (None, None)
    interval = f" [{low:+.4f}, {high:+.4f}]" if low is not None and high is not None else ""
    return f"{text}\n\nGini gained over the scorecard: {premium['gini']:+.4f}{interval}."


def _figure(values: Mapping[str, Any], key: str) -> str:
    value, interval = values.get(key), values.get(f"{key}_ci")
    if value is None:
        return ""
    text = f"{value:.4f}"
    if interval and None not in interval:
        text += f" [{interval[0]:.4f}, {interval[1]:.4f}]"
    return text


def _gates(checks: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            check["code"],
            check["title"],
            str(check["outcome"]).replace("_", " "),
            _role(check),
            check["detail"],
        ]
        for check in checks
    ]
    return _table(["gate", "asks", "outcome", "if it fails", "detail"], rows)


def _role(check: Mapping[str, Any]) -> str:
    """What failing means; a waiver is told whether or not the gate passed.

    >>> _role({"blocks": False, "waiver": "No downturn is in the data (R. Stein, credit committee)"})
    'waived: No downturn is in the data (R. Stein, credit committee)'
    """
    if check.get("waiver"):
        return f"waived: {as_text(check['waiver'])}"
    return "stops registration" if check.get("blocks", True) else "is reported"


_MARKS = re.compile(r"([\\`*_\[\]|~])")


def as_text(words: str) -> str:
    r"""Words of a person as Markdown that shows them and does nothing else: no heading, link, table, or element of a page.

    >>> print(as_text("A | [b](c) d <i>e</i> & f"))
    A \| \[b\](c) d &lt;i&gt;e&lt;/i&gt; &amp; f
    """
    return _MARKS.sub(r"\\\1", html.escape(" ".join(words.split()), quote=False))


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    """A cell, in which an escaped bar of `as_text` stays, and any other would end it."""
    text = "" if value is None else re.sub(r"(?<!\\)\|", "/", str(value)).replace("\n", " ")
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


PRESETS = {
    "irb_90dpd": (
        "more than {days} days past due above {materiality} and {share} of the open balance, or a default event"
    ),
    "dollars_late": (
        "at least {late} of the amount due in twelve months more than {days} days past due, or a default event"
    ),
    "days_beyond_terms": (
        "any amount above {materiality} {days} or more days beyond terms, or a default event"
    ),
    "events_only": "a default event",
}


def definition(default: DefaultConfig) -> str:
    """The portfolio's definition of default in one line.

    >>> definition(DefaultConfig(preset="events_only", events=("insolvency", "write_off")))
    'a default event (insolvency, write off); cured after 90 days'
    >>> definition(DefaultConfig(preset="irb_90dpd", materiality=50_000, materiality_share=0.005, events=("write_off",)))
    'more than 90 days past due above 50,000 and 0.5% of the open balance, or a default event (write off); cured after 90 days'
    """
    text = PRESETS[default.preset].format(
        days=default.days,
        materiality=plain(default.materiality),
        share=f"{plain(100 * default.materiality_share)}%",
        late=f"{plain(100 * default.late_share)}%",
    )
    events = ", ".join(event.replace("_", " ") for event in default.events)
    return f"{text} ({events}); cured after {default.cure_days} days"
