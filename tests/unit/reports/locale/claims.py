"""Which entries of the catalogue claim something of a case, and which test shows a case in which each would be false and is not said.

A new entry is a label, or it has a test: `test_never_false.py` refuses any other.
"""

from __future__ import annotations

import re

LABELS = re.compile(
    r"""
    .+\.title | .+_title | UP-\w+\.figure(_small)?                                  # names of what is asked; a figure alone
    | (bucket|days|months|percentage_points|direction|done|event|joint|list|moved|moved_book|pillar|subject|table|role|scenario|calls|feed|grade|test|gate\.rival|lever)\..+
    | action\..+ | remedy\..+ | standing\..+ | held_back\..+ | rung\.(offset|slope|shape) | bound\..+ | promotion\.advice\..+   # what is chosen, not why
    | (model|comparison|promotion)\.(column|sheet|table|measure|fact|segment|flavour|bin|badge|asks|part|level|side|origin|time|method|model|gain|limit|customers|role|weighs|earner)\..+
    | model\.(group|yes|no|low|high|confidence|horizon|section|of_observations|shared_by|shared_by_more|concentration|concentration_number|made_of|fewer)
    | promotion\.(features|crossed|crossed_sales|moved) | comparison\.segment\..+ | ruling\..+
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
STATED = "reports/locale/test_never_false_stated.py"
ANSWERS, ABSENT = "reports/model/test_answers.py", "reports/model/test_what_is_absent.py"
COMPARED, TOLD = "reports/test_what_is_compared.py", "reports/test_comparison_told.py"
ELSEWHERE = {
    r"PD-(?!L1|SEGMENT|EXPERIENCE|LEVEL|PREMIUM|STABILITY|ORACLE|POWER|SCALE)\w+\.(passed|failed|not_applicable)": (GATES, "test_it_passes", "test_it_fires", "test_it_declines"),
    r"PD-L1\.(passed|failed|not_applicable|certain|missing|vanished|alone)": ("models/gates/test_single.py",),
    r"gate\.waived": (GATES, "test_a_waiver_is_told_where_the_gate_does_not_pass_and_only_there"),
    r"UP-Q3\..+": ("models/upkeep/test_inputs.py", "test_levels_that_the_model_does_not_know_are_named_and_a_changed_code_list_is_watched"),
    r"UP-Q4\..+": ("models/upkeep/test_feeds.py", "test_a_feed_that_ended_is_told_and_one_that_may_have_is_not_called_fine"),
    r"hearing\..+": ("models/upkeep/test_feeds.py", "test_each_feed_is_told_as_what_it_is"),
    r"UP-(Q1|Q2|D1|D2|D3)\..+": ("models/upkeep/test_inputs.py", "test_an_unchanged_book_passes_every_check", "test_what_moved_is_watched_and_nothing_else"),
    r"UP-(C1|C2|P1|P2)\..+": ("models/upkeep/test_outcomes.py", "test_a_model_that_is_right_gives_no_finding", "test_without_matured_outcomes_nothing_is_called_fine"),
    r"UP-S[123]\..+": ("models/upkeep/test_sequence.py", "test_true_pds_give_no_alarm_and_expect_what_happens", "test_what_is_planted_is_found_by_its_own_check"),
    r"no_score\.default_set_aside": ("pipelines/test_untold.py", "test_only_who_is_out_of_the_cohort_for_that_alone_is_told_so"),
    r"no_score(_on)?\.(?!default_set_aside).+": (
        "features/matrix/test_items.py", "test_whoever_is_not_in_the_cohort_is_told_why",
        "test_a_customer_no_longer_buys_only_where_its_last_invoice_is_old_and_nothing_is_owed", "test_nothing_is_recent_only_where_no_statement_is",
    ),
    r"promotion\.reason\..+": ("models/promotion/test_advice.py", "test_the_advice_and_what_speaks_for_it", "test_the_level_is_right_where_one_lies_in_its_interval"),
    r"comparison\.(ruling|ranks|fits)\..+": ("models/comparison/test_differences.py",),
    r"model\.(shipped\.weighed|absent\.open_years)": ("reports/model/test_shipped.py", "test_open_outcomes_are_spoken_of_only_where_they_were_learned_from", "test_without_an_origin_the_table_says_why"),
    r"level\.(lasting|set|together)": ("reports/model/test_shipped.py", "test_how_long_a_level_lasts_is_said_to_be_learned_only_where_it_was"),
    r"pd_level\..+": ("decisions/test_scenarios.py",),
    r"PD-LEVEL\..+": ("models/validation/test_pack.py",),
    r"remedy_step\.(?!unchecked).+": ("models/upkeep/test_outcomes.py", "test_the_finding_that_asks_for_most_decides"),
    r"recalibration\.(too_few|timing|faded|unproven|refused|absent)": (STATED, "test_what_is_done_about_the_calibration_is_said_once_and_alike"),
    r"rung\.unproven": ("models/upkeep/test_open_months.py", "test_likely_enough_to_help_is_not_shown"),
    r"timing\..+": ("reports/test_open_outcomes.py", "test_what_open_outcomes_rest_on_is_said_as_it_was_tested"),
    r"upkeep\.absent": ("models/upkeep/test_outcomes.py", "test_outcomes_are_not_held_against_pds_that_lack_an_input"),
    r"remedy_step\.unchecked": (STATED, "test_a_model_is_called_fine_only_where_every_check_was_made"),
    r"experience\.(title|rate|weight|absent)": (STATED, "test_a_stated_score_says_its_own_reason_and_no_other", "test_a_fitted_score_says_none_of_it", "test_the_shares_told_are_those_of_the_score"),
    r"experience\.(title|weight|absent)\.own": (STATED, "test_a_score_of_few_defaults_alone_claims_no_stated_points", "test_a_fitted_score_says_none_of_it"),
    r"experience\.(order|same)": (STATED, "test_a_score_that_ranks_nobody_is_not_called_an_order"),
    r"experience\.why\.race": ("models/training/test_race.py", "test_the_expert_score_stays_only_where_nothing_fitted_beats_it_beyond_chance", "test_a_fitted_model_wins_where_it_is_better_beyond_chance"),
    r"experience\.why\.(?!race).+": ("models/training/test_few.py", "test_when_no_model_is_fitted", "test_too_few_to_calibrate_or_to_judge_on_later_data"),
    r"gate\.experience": ("models/training/test_few.py", "test_gates_of_outcomes_decline_with_the_reason_and_stop_nothing"),
    r"PD-(EXPERIENCE|PREMIUM|STABILITY|ORACLE|POWER|SCALE|SEGMENT-\w+)\..+": ("models/validation/test_findings.py", "test_each_finding_is_made_where_it_holds_and_nowhere_else"),
    r"PD-\w+\.held_back(_too_few)?": ("models/upkeep/test_held_back.py", "test_too_few_are_said_where_a_half_has_too_few_and_there_alone", "test_the_figures_said_are_those_of_the_half_that_did_not_teach"),
    r"model\.says\..+": (ANSWERS, "test_each_answer_of_the_committee_is_said_where_it_holds_and_nowhere_else", "test_the_answers_name_the_ends_and_the_counts_of_the_pack"),
    r"verdict\..+": (ANSWERS, "test_the_verdict_is_that_of_the_gates_that_stop"),
    r"model\.absent\..+": (ABSENT, "test_a_table_says_why_it_has_no_row_and_that_alone", "test_a_stated_score_is_not_said_to_lack_what_it_never_had"),
    r"model\.(judged_later|search|selection|scorecard|migrations)": (ABSENT, "test_a_note_stands_beside_a_table_that_is_there"),
    r"model\.true_of": (ABSENT, "test_truth_is_told_of_the_rows_it_is_known_for"),
    r"model\.shipped\..+": (ABSENT, "test_what_ships_is_said_to_be_refitted_only_where_it_was"),
    r"model\.selective\..+": (ABSENT, "test_what_is_said_of_hidden_defaults_is_so"),
    r"comparison\.(within|seeds)\..+": (TOLD, "test_the_seeds_sentences_are_those_of_what_the_runs_show"),
    r"comparison\.summary\..+": (TOLD, "test_every_run_is_in_one_group_and_that_is_its_own"),
    r"comparison\.production\..+": ("models/comparison/test_production.py", "test_what_is_in_use_is_what_log_and_alias_say_together"),
    r"comparison\.set\.code": (TOLD, "test_code_is_named_only_where_it_differs"),
    r"comparison\.absent\..+": (COMPARED, "test_what_was_changed_is_not_said_to_be_nothing", "test_segments_and_periods_without_a_row_say_different_things"),
    r"promotion\.absent": (COMPARED, "test_nothing_changes_is_said_of_no_move_alone"),
    r"promotion\.certificate\..+": (COMPARED, "test_directions_are_said_to_be_kept_only_where_none_is_broken"),
    r"promotion\.gates\..+": (COMPARED, "test_gates_that_did_not_pass_are_named_and_not_counted"),
}  # fmt: skip
"""By entry: the file below `tests/unit`, and tests in it that show it said where it is true and another where it is not."""

OPEN: dict[str, str] = {}
"""By entry: why it has no false case of its own yet. It is empty, and stays so."""
MOST_OPEN = 0
