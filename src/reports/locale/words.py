"""Codes of the model's validation in the reader's words; all others stand in `en/words.po` and `zh/words.po`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, str]]

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
        "model.model": MODELS,
        "part": PARTS,
        "segment": SEGMENTS,
        "time": TIMES,
    }
)
"""Every group of codes, by name."""
