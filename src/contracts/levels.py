"""Names of categories that come as data: countries, industries, legal forms, size classes. One without a name stays as delivered."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from babel import Locale

CHINESE = MappingProxyType(
    {
        "manufacturing": "制造业",
        "construction": "建筑业",
        "wholesale": "批发业",
        "retail": "零售业",
        "transport": "运输业",
        "hospitality": "住宿和餐饮业",
        "professional services": "专业服务业",
        "information technology": "信息技术业",
        "agriculture": "农业",
        "healthcare": "医疗卫生业",
        "chemicals": "化工业",
        "utilities": "公用事业",
        "sole trader": "个体经营者",
        "partnership": "合伙企业",
        "ltd": "有限责任公司",
        "plc": "股份有限公司",
        "in liquidation": "清算中",
        "micro": "微型",
        "small": "小型",
        "medium": "中型",
        "large": "大型",
    }
)
"""By the English name, in small letters: the categories of the world, and the size classes of the features."""


def in_chinese(delivered: str) -> str:
    """A category as a Chinese reader names it; as it was delivered where it has no name here.

    >>> in_chinese("professional services"), in_chinese(" Retail"), in_chinese("NACE 4711")
    ('专业服务业', '零售业', 'NACE 4711')
    """
    return CHINESE.get(delivered.strip().casefold(), delivered)


def country(code: str) -> tuple[str, str]:
    """A country's name in English and in Chinese, from the Unicode CLDR; twice the code where it is none.

    >>> country("DE"), country("ZZ"), country("Wales")
    (('Germany', '德国'), ('ZZ', 'ZZ'), ('Wales', 'Wales'))
    """
    english, chinese = (_countries(language).get(code, code) for language in ("en", "zh_Hans"))
    return english, chinese


@cache
def _countries(language: str) -> dict[str, str]:
    names = Locale.parse(language).territories
    # ZZ is how the CLDR says "unknown region"; numbers are continents
    return {code: name for code, name in names.items() if code.isalpha() and code != "ZZ"}
