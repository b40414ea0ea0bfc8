"""Our codes in the reader's words, English and Chinese (DOMAIN, section 1). No jargon: risk teams read these."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, str]]

PILLARS: Words = {
    "credit_record": ("Credit record", "信用记录"),
    "ability_to_pay": ("Ability to pay", "支付能力"),
    "financial_health": ("Financial health", "财务健康"),
    "business_context": ("Business context", "经营背景"),
}
ACTIONS: Words = {
    "grow": ("Room to sell more", "可扩大授信"),
    "keep": ("Carry on", "维持现状"),
    "review": ("Look again", "重新审查"),
    "reduce": ("Lower the limit", "降低额度"),
    "secure": ("Ask for security", "要求担保或投保"),
    "stop": ("Stop credit", "停止赊销"),
}
ACTION_STEPS: Words = {
    "grow": (
        "Offer the higher limit; the customer can carry it.",
        "可主动提高额度，客户有能力承担。",
    ),
    "keep": ("No change until the next review.", "下次审查前维持不变。"),
    "review": (
        "Talk to the customer before the next large delivery.",
        "下一笔大额发货前先与客户沟通。",
    ),
    "reduce": (
        "Bring the limit down and agree a date for what is above it.",
        "下调额度，超出部分约定还款日期。",
    ),
    "secure": (
        "Ask for insurance, a guarantee or part payment before delivering more.",
        "继续发货前，要求投保、担保或部分预付。",
    ),
    "stop": (
        "Deliver against prepayment only; collect what is open now.",
        "仅接受预付款发货，立即催收未结款项。",
    ),
}
BOUNDS: Words = {
    "need": ("what its orders need", "按业务需要"),
    "capacity": ("what it can carry", "按承受能力"),
    "appetite": ("what we are willing to lose", "按我方风险偏好"),
}
BUCKETS: Words = {
    "not_due": ("Not yet due", "未到期"),
    "1-30": ("1–30 days late", "逾期1–30天"),
    "31-60": ("31–60 days late", "逾期31–60天"),
    "61-90": ("61–90 days late", "逾期61–90天"),
    "90+": ("More than 90 days late", "逾期90天以上"),
}
GRADES: Words = {
    "1": ("exceptional", "极佳"),
    "2": ("very strong", "很强"),
    "3": ("strong", "强"),
    "4": ("good", "良好"),
    "5": ("average", "一般"),
    "6": ("fair", "尚可"),
    "7": ("weak", "偏弱"),
    "8": ("very weak", "很弱"),
    "9": ("at risk", "风险高"),
    "10": ("at high risk", "风险极高"),
}
DIRECTIONS: Words = {
    "1": ("more of it lowers the score", "数值越高，评分越低"),
    "-1": ("more of it raises the score", "数值越高，评分越高"),
    "0": ("may go either way", "方向不限"),
}
OUTCOMES: Words = {
    "clean": ("Clean", "无问题"),
    "reported": ("Reported", "已提示"),
    "repaired": ("Mended", "已修复"),
    "quarantined": ("Set aside", "已隔离"),
}
TRENDS: Words = {
    "new": ("New since the last delivery", "上次交付中没有"),
    "more": ("More than in the last delivery", "比上次交付更多"),
    "same": ("As in the last delivery", "与上次交付相近"),
    "fewer": ("Fewer than in the last delivery", "比上次交付更少"),
    "gone": ("Gone since the last delivery", "上次交付后已消失"),
}
SEVERITIES: Words = {
    "stop": ("Stops the run", "中止运行"),
    "fatal": ("Stops the run", "中止运行"),
    "error": ("Error", "错误"),
    "quarantine": ("Rows are set aside", "隔离问题行"),
    "repair": ("Values are mended", "修复数值"),
    "report": ("Rows are kept, for your information", "保留，仅提示"),
    "warning": ("Warning", "警告"),
    "warn": ("Warning", "警告"),
    "info": ("For your information", "提示"),
}
TABLES: Words = {
    "customers": ("Customers", "客户"),
    "credit_terms": ("Credit terms", "授信条款"),
    "invoices": ("Invoices", "发票"),
    "payments": ("Payments", "付款"),
    "disputes": ("Disputes", "争议"),
    "financials": ("Financial statements", "财务报表"),
    "events": ("Credit events", "信用事件"),
    "attributes": ("Attributes", "附加属性"),
    "fx_rates": ("Exchange rates", "汇率"),
}
SUBJECTS: Words = {
    "portfolio": ("the whole book", "整个组合"),
    "inputs": ("inputs", "输入"),
    "score": ("scores", "评分"),
    "grade": ("grades", "等级"),
    "grades": ("grades", "等级"),
    "discrimination": ("telling good from bad", "区分能力"),
}
VERDICTS: Words = {
    "nothing": ("Nothing to do", "无需处理"),
    "watch": ("Watch", "持续关注"),
    "recalibrate": ("Recalibrate", "重新校准"),
    "refit": ("Train again", "重新训练"),
    "rebuild": ("Rebuild", "重新构建"),
}
VERDICT_STEPS: Words = {
    "nothing": (
        "The model in use still fits the customers it is used on.",
        "在用模型仍适用于当前客户。",
    ),
    "watch": (
        "Something has moved, not enough to act. Look again next month.",
        "出现变化，但尚不足以采取行动，下月再看。",
    ),
    "recalibrate": (
        "The ranking of customers holds, the level of the probabilities does not. Adjust the level; the model itself stays.",
        "客户排序仍有效，但概率水平已偏离；调整水平即可，模型不变。",
    ),
    "refit": (
        "The model no longer tells good from bad as it did. Train it again on newer data.",
        "模型区分能力下降，需用新数据重新训练。",
    ),
    "rebuild": (
        "The data no longer are what the model was built on. Repair the source or rebuild the model.",
        "数据已不同于建模时，需修复数据源或重建模型。",
    ),
}
PARTS: Words = {
    "train": ("Learned from", "训练"),
    "calibrate": ("Level set on", "校准"),
    "holdout": ("Customers kept out", "保留客户"),
    "test": ("Test: later, never seen", "测试：更晚且未见过"),
}
MODELS: Words = {
    "lightgbm": ("The model (LightGBM)", "本模型（LightGBM）"),
    "scorecard": ("Scorecard, the simple alternative", "评分卡（简单替代方案）"),
    "oracle": ("The truth, the best possible", "真实概率（理论上限）"),
}
SEGMENTS: Words = {
    "customer_industry": ("Industry", "行业"),
    "customer_country": ("Country", "国家"),
    "customer_size_class": ("Size", "规模"),
    "has_statement": ("Financial statement", "财务报表"),
}
CALIBRATIONS: Words = {
    "identity": ("as it is", "不调整"),
    "offset": ("shift of the level", "平移水平"),
    "platt": ("shift and stretch", "平移并伸缩"),
    "beta": ("curve of three numbers", "三参数曲线"),
    "isotonic": ("steps", "阶梯函数"),
}
FLAVOURS: Words = {
    "searched": ("boosting with the searched settings", "提升：搜索所得设置"),
    "by_hand": ("boosting with settings set by hand", "提升：人工设定"),
    "shallow": ("boosting of trees of two levels", "提升：两层浅树"),
    "relative": (
        "boosting on ranks among peers in place of the values",
        "提升：以同业排名代替原值",
    ),
    "relative_shallow": (
        "trees of two levels on ranks among peers",
        "两层浅树：以同业排名代替原值",
    ),
    "relative_extra_trees": ("random cuts on ranks among peers", "随机切分：以同业排名代替原值"),
    "absolute": ("boosting without ranks among peers", "提升：不使用同业排名"),
    "gbdt": ("boosting: each tree mends what is left", "提升：逐树修正残差"),
    "goss": ("boosting on the hardest rows", "提升：侧重难例"),
    "dart": ("boosting that drops trees at random", "提升：随机丢弃树"),
    "extra_trees": ("boosting with random cuts", "提升：随机切分"),
    "rf": ("random forest: trees side by side", "随机森林：并行树"),
    "random_forest": ("random forest: trees side by side", "随机森林：并行树"),
}
CUSTOMERS_SEEN: Words = {
    "known": ("Customers it learned from", "训练过的客户"),
    "new": ("New customers", "新客户"),
}
TIMES: Words = {
    "in_time": ("the years it learned from", "训练年份"),
    "out_of_time": ("later years", "之后年份"),
}

WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "calibration": CALIBRATIONS,
        "customers_seen": CUSTOMERS_SEEN,
        "flavour": FLAVOURS,
        "model": MODELS,
        "part": PARTS,
        "pillar": PILLARS,
        "action": ACTIONS,
        "action_step": ACTION_STEPS,
        "bound": BOUNDS,
        "bucket": BUCKETS,
        "grade": GRADES,
        "direction": DIRECTIONS,
        "outcome": OUTCOMES,
        "segment": SEGMENTS,
        "severity": SEVERITIES,
        "subject": SUBJECTS,
        "table": TABLES,
        "time": TIMES,
        "trend": TRENDS,
        "verdict": VERDICTS,
        "verdict_step": VERDICT_STEPS,
    }
)
"""Every group of codes, by name."""
