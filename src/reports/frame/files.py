"""The name of the file of a customer's page: its number is input, and may be no file name."""

from __future__ import annotations

import hashlib
import re

FOLDER = "customers"
"""Of the pages of single customers, beside the other pages."""
LONGEST = 80
_PLAIN = re.compile(r"[A-Z0-9](?:[A-Z0-9_.-]*[A-Z0-9_-])?")
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")


def customer_file(customer_id: str) -> str:
    """The file's name in its folder, for links as well; no two customers share one, also where case does not count.

    >>> customer_file("C000123")
    'C000123.html'
    >>> customer_file("../x")   # what is not plain capitals and digits gets a mark of its own
    '_x-d6b96a97d1.html'
    >>> customer_file("a") != customer_file("A").lower()
    True
    """
    if len(customer_id) <= LONGEST and _PLAIN.fullmatch(customer_id):
        return f"{customer_id}.html"
    mark = hashlib.sha256(customer_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{_OTHER.sub('_', customer_id)[:LONGEST]}-{mark}.html"
