"""Which row of which table another row belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Reference:
    """The row another row refers to: `column` holds the key of `table`, whose columns rules see as `<prefix>.<name>`."""

    column: str
    table: str
    prefix: str


_CUSTOMER = Reference("customer_id", "customers", "customer")


_INVOICE = Reference("invoice_id", "invoices", "invoice")


REFERENCES: Mapping[str, Reference] = MappingProxyType(
    {
        "master_history": _CUSTOMER,
        "credit_terms": _CUSTOMER,
        "invoices": _CUSTOMER,
        "payments": _INVOICE,
        "disputes": _INVOICE,
        "financials": _CUSTOMER,
        "events": _CUSTOMER,
        "attributes": _CUSTOMER,
    }
)
"""By table: the one row each of its rows belongs to. A row whose parent is set aside is set aside as well."""
