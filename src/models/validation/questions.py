"""What each test is called and what it asks, in English and Chinese, for a reader who is no statistician."""

from __future__ import annotations

ONCE_EN = "Counted on dates whose outcome windows do not overlap, so that each default counts once."
ONCE_ZH = "只计表现期互不重叠的观察日，每次违约只计一次。"
CLUSTERED_EN = "All rows speak; the months of one customer count as one piece of evidence."
CLUSTERED_ZH = "使用全部样本；同一客户的各个月份视为同一份证据。"
HEADS_EN = "Customers, not rows, are what is counted."
HEADS_ZH = "以客户数而非行数计。"

QUESTIONS: dict[str, tuple[str, str, str, str]] = {
    "jeffreys_portfolio": (
        "Defaults in the whole book (Jeffreys)",
        "全组合违约数（Jeffreys 检验）",
        f"Did more customers default than the probabilities allow? {ONCE_EN}",
        f"违约客户是否多于违约概率所预期？{ONCE_ZH}",
    ),
    "binomial_portfolio": (
        "Defaults in the whole book (binomial)",
        "全组合违约数（二项检验）",
        f"The same question, answered by the chance of so many defaults or more. {ONCE_EN}",
        f"同一问题，以出现如此多或更多违约的概率回答。{ONCE_ZH}",
    ),
    "hosmer_lemeshow": (
        "Defaults in ten groups of rising risk (Hosmer-Lemeshow)",
        "按风险递增分十组的违约数（Hosmer-Lemeshow 检验）",
        f"Do expected and actual defaults agree from the safest to the riskiest tenth? {ONCE_EN}",
        f"从最安全到最危险的十组中，预期与实际违约是否一致？{ONCE_ZH}",
    ),
    "spiegelhalter": (
        "Squared error against its expectation (Spiegelhalter)",
        "平方误差与其预期（Spiegelhalter 检验）",
        f"Is the error of the probabilities as small as it would be if they were right? {CLUSTERED_EN}",
        f"违约概率的误差是否与其正确时应有的一样小？{CLUSTERED_ZH}",
    ),
    "auc_then_now": (
        "Telling customers apart, then and now",
        "区分能力：当时与现在",
        f"Is the share of pairs ranked rightly (AUC) as high on the newest data as before? {CLUSTERED_EN}",
        f"最新数据上排序正确的客户对占比（AUC）是否不低于之前？{CLUSTERED_ZH}",
    ),
    "psi_score": (
        "Scores distributed as in training (PSI)",
        "评分分布与训练时一致（PSI）",
        f"Are as many customers in each tenth of the scores as in training? {HEADS_EN}",
        f"评分的每个十分位中的客户占比是否与训练时相同？{HEADS_ZH}",
    ),
    "psi_grade": (
        "Grades distributed as in training (PSI)",
        "等级分布与训练时一致（PSI）",
        f"Are as many customers in each grade as in training? {HEADS_EN}",
        f"每个等级的客户占比是否与训练时相同？{HEADS_ZH}",
    ),
}
"""By code: title and question, English and Chinese."""
