"""Which entries of the catalogue claim something of a case, and which test shows a case in which each would be false and is not said.

A new entry is a label, or it has a test: `test_never_false.py` refuses any other.
"""

from __future__ import annotations

import re

LABELS = re.compile(
    r"""
    .+\.title | .+_title | UP-\w+\.figure(_small)?                                  # names of what is asked; a figure alone
    | (bucket|days|months|percentage_points|direction|done|event|list|moved|moved_book|pillar|subject|table|role|scenario|calls|grade|test|gate\.rival|lever)\..+
    | action\..+ | remedy\..+ | standing\..+ | held_back\..+ | rung\.(offset|slope|shape) | bound\..+ | promotion\.advice\..+   # what is chosen, not why
    | (model|comparison|promotion)\.(column|sheet|table|measure|fact|segment|flavour|bin|badge|asks|part|level|side|origin|time|method|model|gain|limit|customers|role|weighs)\..+
    | model\.(group|yes|no|low|high|confidence|horizon|section|of_observations|shared_by|shared_by_more|concentration|concentration_number|made_of|fewer)
    | promotion\.(features|crossed|crossed_sales|moved) | promotion\.gates\.passed | comparison\.segment\..+
    """,
    re.VERBOSE,
)
"""Words and figures: they say what is shown, and are true of whatever is."""

HERE = {
    r"fact\.(over_limit|oldest_overdue)": "test_what_is_owed_is_told_only_beyond_its_bound",
    r"fact\.(negative_equity|loss)": "test_what_a_statement_shows_is_told_only_below_zero",
    r"fact\.(below|above)": "test_an_alarm_is_told_only_beyond_its_bound",
    r"fact\.event": "test_an_event_is_told_only_of_who_had_it",
    r"cause\..+": "test_each_cause_is_said_only_where_it_holds",
    r"action_step\..+": "test_each_cause_is_said_only_where_it_holds",
    r"lifted\..+|short\..+": "test_what_is_said_to_lift_lifts_and_what_falls_short_does",
    r"rung\..+\.(taken|sufficient)|rung\.(not_asked|too_few)": "test_each_rung_says_what_its_test_found",
    r"rung\.(disorder|lost)|recalibration\.(none|offset|slope|shape|refit)": "test_what_was_decided_is_what_the_rungs_say",
    r"rung\.(faded|offset\.newest)|outlook\..+": "test_the_coming_year_is_advised_only_where_it_helps_enough",
    r"recalibration\.(power|untested|no_outcome)": "test_power_is_told_only_of_a_test",
    r"trend\..+": "test_a_trend_is_that_of_the_share",
}
"""By entry: the test of `test_never_false.py`."""

GATES = "models/gates/test_gates.py"
ELSEWHERE = {
    r"PD-(?!L1|SEGMENT|EXPERIENCE|LEVEL|PREMIUM|STABILITY|ORACLE|POWER|SCALE)\w+\.(passed|failed|not_applicable)": (GATES, "test_it_passes", "test_it_fires", "test_it_declines"),
    r"PD-L1\.(passed|failed|not_applicable|certain|missing|vanished|alone)": ("models/gates/test_single.py",),
    r"gate\.waived": (GATES, "test_a_waiver_is_told_where_the_gate_does_not_pass_and_only_there"),
    r"UP-(Q1|Q2|D1|D2|D3)\..+": ("models/upkeep/test_inputs.py", "test_an_unchanged_book_passes_every_check", "test_what_moved_is_watched_and_nothing_else"),
    r"UP-(C1|C2|P1|P2)\..+": ("models/upkeep/test_outcomes.py", "test_a_model_that_is_right_gives_no_finding", "test_without_matured_outcomes_nothing_is_called_fine"),
    r"UP-S[123]\..+": ("models/upkeep/test_sequence.py", "test_true_pds_give_no_alarm_and_expect_what_happens", "test_what_is_planted_is_found_by_its_own_check"),
    r"no_score(_on)?\.(?!no_longer_buying|nothing_recent).+": ("features/matrix/test_items.py",),
    r"promotion\.reason\..+": ("models/promotion/test_advice.py", "test_the_advice_and_what_speaks_for_it", "test_the_level_is_right_where_one_lies_in_its_interval"),
    r"comparison\.(ruling|ranks|fits)\..+": ("models/comparison/test_differences.py",),
    r"model\.(shipped\.weighed|absent\.open_years)": ("reports/model/test_shipped.py", "test_open_outcomes_are_spoken_of_only_where_they_were_learned_from", "test_without_an_origin_the_table_says_why"),
    r"pd_level\..+": ("decisions/test_scenarios.py",),
    r"PD-LEVEL\..+": ("models/validation/test_pack.py",),
    r"remedy_step\.(?!unchecked).+": ("models/upkeep/test_outcomes.py", "test_the_finding_that_asks_for_most_decides"),
}  # fmt: skip
"""By entry: the file below `tests/unit`, and tests in it that show it said where it is true and another where it is not."""

OPEN = {
    r"model\.(says|selective|shipped(?!\.weighed)|absent(?!\.open_years)|judged_later|search|selection|scorecard|migrations)\b.*": "said of the pack as it is; its figures are recomputed (`test_every_figure.py`), the choice between neighbouring sentences is not",
    r"PD-(SEGMENT-\w+|EXPERIENCE|PREMIUM|STABILITY|ORACLE|POWER|SCALE)\..+": "findings beside the gates: told with their own figures, without a case each",
    r"PD-\w+\.held_back(_too_few)?": "gates of a new calibration: cases of the gates, and none of the sentence",
    r"(experience|gate\.experience|verdict)\b.*": "what a stated score rests on: pages of stated experience are looked at whole (`tests/docs/test_stated_banner.py`)",
    r"(comparison|promotion)\.absent\..+|promotion\.absent|promotion\.(certificate|gates)\..+": "nothing is there to be shown",
    r"remedy_step\.unchecked": "said where no check could be made at all",
    r"no_score(_on)?\.(no_longer_buying|nothing_recent)": "shown by the cohort's own tests, without the page",
}  # fmt: skip
"""By entry: why it has no false case of its own yet. It may shrink, and does not grow."""
MOST_OPEN = 123
