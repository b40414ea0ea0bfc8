"""Chinese names of categories that come as data: industries, legal forms, size classes. One without a name stays as delivered."""

from __future__ import annotations

from types import MappingProxyType

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
