"""Currencies as ISO 4217 has them: decimal places other than two, and codes that have been withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"  # ISO 4217, list one
_THREE = "BHD IQD JOD KWD LYD OMR TND"

USUAL_PLACES = 2
MINOR_UNITS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(_NONE.split(), 0),
        **dict.fromkeys(_THREE.split(), 3),
        **dict.fromkeys(("CLF", "UYW"), 4),
    }
)
"""Decimal places of the currencies that have not two."""


def places_of(code: str) -> int:
    """Decimal places of a currency.

    >>> places_of("JPY"), places_of("EUR"), places_of("KWD")
    (0, 2, 3)
    """
    return MINOR_UNITS.get(code, USUAL_PLACES)


@dataclass(frozen=True, slots=True)
class Successor:
    """What took a currency's place.

    Attributes:
        code: ISO 4217 of the new one.
        units: how many of the old one are one of the new one.
        until: last day the old one was legal tender, or booked in; documents after it are in the new one.
    """

    code: str
    units: Decimal
    until: date


def _successors(table: str) -> dict[str, Successor]:
    rows = (line.split() for line in table.strip().splitlines())
    return {
        old: Successor(new, Decimal(units), date.fromisoformat(until))
        for old, new, units, until in rows
    }


# Fixed rates: Council Regulations (EC) 2866/98, 1478/2000 and those of each later member. Others: the central bank's own law.
SUCCESSORS: Mapping[str, Successor] = MappingProxyType(
    _successors(
        """
        ATS EUR 13.7603 2002-02-28
        BEF EUR 40.3399 2002-02-28
        DEM EUR 1.95583 2002-02-28
        ESP EUR 166.386 2002-02-28
        FIM EUR 5.94573 2002-02-28
        FRF EUR 6.55957 2002-02-28
        GRD EUR 340.750 2002-02-28
        IEP EUR 0.787564 2002-02-28
        ITL EUR 1936.27 2002-02-28
        LUF EUR 40.3399 2002-02-28
        NLG EUR 2.20371 2002-02-28
        PTE EUR 200.482 2002-02-28
        SIT EUR 239.640 2007-01-14
        CYP EUR 0.585274 2008-01-31
        MTL EUR 0.429300 2008-01-31
        SKK EUR 30.1260 2009-01-16
        EEK EUR 15.6466 2011-01-14
        LVL EUR 0.702804 2014-01-14
        LTL EUR 3.45280 2015-01-15
        HRK EUR 7.53450 2023-01-14
        BGN EUR 1.95583 2026-01-31
        TRL TRY 1000000 2005-12-31
        ROL RON 10000 2006-12-31
        BYR BYN 10000 2016-12-31
        GHC GHS 10000 2007-12-31
        ZMK ZMW 1000 2013-06-30
        MRO MRU 10 2018-12-31
        VEF VES 100000 2018-12-31
        SLL SLE 1000 2024-03-31
        ANG XCG 1 2025-06-30
        """
    )
)
"""By withdrawn code, the currency that took its place: amounts under the old code after the day are a fault."""


def with_successor(code: str) -> str:
    """A code as messages and pages show it: of one that was withdrawn, what it became, divided by what, and when.

    >>> with_successor("HRK"), with_successor("EUR")
    ('HRK -> EUR (/ 7.53450, 2023-01-14)', 'EUR')
    """
    if (new := SUCCESSORS.get(code)) is None:
        return code
    return f"{code} -> {new.code} (/ {new.units}, {new.until})"
