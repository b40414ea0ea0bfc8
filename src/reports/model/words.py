"""The page's words: entries of the catalogues in both languages at once, and the names of features, segments and measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.documents.checks import GateFinding
from contracts.numbers import EMPTY, local
from reports.frame.grid import Kind, Pair
from reports.frame.page import sentence
from reports.frame.wording import Wording, category, said
from reports.locale.catalogue import LANGUAGES, catalogue
from reports.locale.gates import told

Pack = Mapping[str, Any]
"""What `reports/validation_model.json` holds."""
MODELS = ("lightgbm", "scorecard", "oracle")
NONE = "model.absent.rows"
"""Of a table without rows that says all by being empty."""
_WORDING = Wording("model", names="sheet")
column, table = _WORDING.column, _WORDING.table


def joined(*sentences: Pair) -> Pair:
    """Sentences in a row: English with a space between, Chinese without."""
    return " ".join(one[0] for one in sentences), "".join(one[1] for one in sentences)


def badge(tone: str, code: str) -> tuple[str, Pair]:
    """A tone and the words of `model.badge.<code>`."""
    return tone, said(f"model.badge.{code}")


def word(group: str, code: object) -> Pair | str:
    """A code of ours as a pair, from `model.<group>.<code>`; an unknown one as it is, as data.

    >>> word("time", "in_time"), word("flavour", "a new one")
    (('in time', '样本期内'), 'a new one')
    """
    entry = f"model.{group}.{code}"
    return said(entry) if entry in catalogue("en").texts else str(code)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of a model, and how its figure is written."""

    key: str
    kind: Kind = "figure"
    digits: int = 3

    @property
    def title(self) -> Pair:
        """What it is called."""
        return said(f"model.measure.{self.key}.title")

    @property
    def says(self) -> Pair:
        """What it says, for a reader who is no statistician."""
        return said(f"model.measure.{self.key}.says")


RANKING = (
    Measure("roc_auc"),
    Measure("gini"),
    Measure("ks"),
    Measure("average_precision"),
)
LEVELS = (
    Measure("mean_pd", "share", 2),
    Measure("rate", "figure_share", 2),
    Measure("observed_to_expected", "figure", 2),
    Measure("cox_slope", "figure", 2),
    Measure("brier_skill"),
    Measure("ece", "figure_share", 2),
    Measure("log_loss", "figure", 4),
)
FURTHER = (Measure("brier", "figure", 4), Measure("cox_intercept"), Measure("level"))
MEASURES: Mapping[str, Measure] = {one.key: one for one in (*RANKING, *LEVELS, *FURTHER)}


def span(figure: Mapping[str, Any] | None, form: str = ".2f") -> str:
    """A figure with its interval, as a sentence of any language holds it.

    >>> span({"value": 0.852, "low": 0.831, "high": 0.873}), span({"value": 0.5, "low": None, "high": None}, ".0%")
    ('0.85 (0.83–0.87)', '50%')
    """
    value, low, high = (local((figure or {}).get(key), form) for key in ("value", "low", "high"))
    return value if EMPTY in {low, high} else f"{value} ({low}\N{EN DASH}{high})"


def named(pack: Pack, feature: str) -> Pair | str:
    """A feature in the reader's words; its own name where the validation has no words for it.

    >>> named({"words": {"late": {"wording_en": "days late", "wording_zh": "逾期天数"}}}, "late")
    ('Days late', '逾期天数')
    >>> named({"words": {}}, "x_90")
    'x_90'
    """
    given = pack["words"].get(feature)
    if given is None or given["wording_en"] == feature:
        return feature
    return sentence(given["wording_en"]), given["wording_zh"]


def gate_told(pack: Pack, row: Mapping[str, Any]) -> Pair:
    """What a gate found and why it is waived; an input by what it measures, with its name behind it."""
    english, chinese = (
        told(language, GateFinding.model_validate(_by_measure(pack, row, side), strict=False))
        for side, language in enumerate(LANGUAGES)
    )
    return english, chinese


def _by_measure(pack: Pack, row: Mapping[str, Any], side: int) -> dict[str, Any]:
    name = row["values"].get("input")
    if name is None or name not in pack["words"]:
        return dict(row)
    words = named(pack, str(name))
    measure = words if isinstance(words, str) else f"{words[side]} ({name})"
    return {**row, "values": {**row["values"], "input": measure}}


def model_name(pack: Pack, model: str) -> Pair | str:
    """What a model is called; the one in the place of LightGBM by what it is.

    >>> model_name({"rests_on": {"why": "none"}}, "lightgbm")
    ('Expert score', '专家评分')
    """
    return word("model", own_name(pack, model))


def own_name(pack: Pack, model: str) -> str:
    """The code of a model's name.

    In the place of LightGBM stands `expert`, stated experience, `own`, the book's own inputs weighed by few defaults, or
    `written`, a scorecard that won.
    """
    if model != "lightgbm":
        return model
    members = pack.get("lightgbm", {}).get("members", [])
    is_card = [one["flavour"] for one in members] == ["scorecard"]
    if rests_on := pack.get("rests_on"):
        return "own" if rests_on.get("own") else "expert"
    return "written" if is_card else model


def is_dealt(pack: Pack) -> bool:
    """Whether the test sample is of other customers at the same time: it then does not lie later than development.

    >>> is_dealt({"parts": [{"part": "train", "until": "2021-01-02"}, {"part": "test", "from": "2024-02-01"}]})
    False
    """
    parts = {row["part"]: row for row in pack["parts"]}
    if not {"train", "test"} <= set(parts):
        return False
    return bool(parts["test"]["from"] < parts["train"]["until"])


def level(segment: str, value: str) -> Pair | str:
    """A level of a segment: a pair where we have words for it, else the user's own text.

    >>> level("has_statement", "yes"), level("customer_industry", "food")
    (('available', '有'), 'food')
    """
    if value in {"missing", "other"} or segment == "has_statement":
        return word("level", value)
    return category(segment, value)


def subject(pack: Pack, one: Mapping[str, Any]) -> Pair | str:
    """What shares a finding: a feature, or a level with the name of its segment and the figure said of it.

    >>> subject({"words": {}}, {"kind": "segment", "name": "customer_industry", "level": "food", "value": 1.352})
    ('Industry food (1.35)', '行业“food”客群 (1.35)')
    """
    if one["kind"] == "feature":
        return named(pack, one["name"])
    english, chinese = group(one["name"], one["level"])
    note = "" if one["value"] is None else f" ({local(one['value'], '.2f')})"
    return english + note, chinese + note


def group(segment: str, of: str) -> Pair:
    """A level with the name of its segment."""
    return said("model.group", segment=word("segment", segment), level=level(segment, of))


def gain(figure: Mapping[str, Any] | None) -> str:
    """What a gain with its interval says: pays, costs, or open.

    >>> gain({"value": 0.05, "low": 0.02, "high": 0.08}), gain({"value": 0.01, "low": -0.02, "high": 0.04})
    ('pays', 'open')
    """
    low, high = ((figure or {}).get(key) for key in ("low", "high"))
    if low is not None and low > 0:
        return "pays"
    return "costs" if high is not None and high < 0 else "open"


def fewer(shown: int, total: int) -> Pair | None:
    """That a list was cut, and where the rest is; None where it was not."""
    return None if shown >= total else said("model.fewer", shown=shown, total=total)
