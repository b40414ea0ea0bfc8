"""Made-up company names. Some carry what breaks careless software: apostrophes, umlauts, Chinese, markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from world.hidden import arrow
from world.hidden.draws import between
from world.hidden.levels import Levels

if TYPE_CHECKING:  # population imports names
    from world.hidden.population import Population

AWKWARD = (
    "Bold <b>Brothers</b> Ltd",
    "O'Hara & Sons Ltd",
    "Müller-Lüdenscheidt Anlagenbau GmbH",
    "上海华诚机电有限公司",
    "Żółw i Źrebak Sp. z o.o.",
    'The "Quoted" Works; Ltd',
    "L'Étoile d'Azur S.A.R.L.",
    "Smith, Jones & Partners",
    "深圳市远航五金制品厂",
    "Ångström Größe AG",
)
"""Given to the first customers, so that every size of world has them."""

STEMS = {
    "de": "Bergmann Kessler Nordwind Rheintal Voss Hofer Lindner Süderelbe Brandt Falkenau Steinbach Möhring "
    "Oderbruch Krämer Tannwald Wieland",
    "en": "Ashworth Blackfen Carrow Denholm Eastgate Fairlie Granby Hartley Inglewood Kestrel Larkfield Merrow "
    "Northmoor Pendle Quayside Redwell",
    "ro": "Almada Bellini Castagno Dumont Estrella Fontaine Giordano Lavigne Marchetti Navarro Olivier Peregrin "
    "Rivolta Soleil Torralba Vernier",
    "pl": "Brzozowski Czarnecki Dąbrowa Gdańskie Jeziorna Kowalczyk Łęcki Wisła",
    "cn": "宏达 金鼎 新源 恒信 瑞丰 东方 华美 天成",
}
TRADES = {
    "de": "Maschinenbau Handel Bau Logistik Technik Metallwaren Gerätebau Werke",
    "en": "Engineering Supplies Builders Haulage Systems Trading Fittings Works",
    "ro": "Industria Costruzioni Trasporti Distribution Servicios Métal Forniture",
    "pl": "Budowa Handel Transport Stal Serwis Maszyny",
    "cn": "机电 五金 贸易 科技 建材 物流",
}
TONGUES = {"DE": "de", "AT": "de", "CH": "de", "NL": "en", "GB": "en", "US": "en", "BE": "ro"}
TONGUES |= {"FR": "ro", "IT": "ro", "ES": "ro", "PL": "pl", "CN": "cn"}
FORMS: dict[str, tuple[str, str, str, str]] = {  # sole trader, partnership, ltd, plc
    "de": ("e. K.", "GmbH & Co. KG", "GmbH", "AG"),
    "en": ("", "& Partners", "Ltd", "plc"),
    "ro": ("", "& Cie", "S.R.L.", "S.A."),
    "pl": ("", "Sp. j.", "Sp. z o.o.", "S.A."),
    "cn": ("商行", "合伙企业", "有限公司", "股份有限公司"),
}


def company_names(
    rng: np.random.Generator, population: Population, levels: Levels, *, with_awkward: bool
) -> pa.Array:
    """A name per customer: two family or place names and a trade in the country's language, and its legal form."""
    n = population.n
    tongues = list(STEMS)
    of_country = np.array([tongues.index(TONGUES[c.code]) for c in levels.countries])
    tongue = of_country[population.country]
    stem, second, trade = (between(rng, 0, 1_000_000, n) for _ in range(3))
    double = rng.random(n) < 0.55
    names = np.empty(n, dtype=object)
    for position, name in enumerate(tongues):
        rows = np.flatnonzero(tongue == position)
        stems, trades = STEMS[name].split(), TRADES[name].split()
        gap = "" if name == "cn" else " "
        first = arrow.words(stems, stem[rows] % len(stems))
        other = arrow.words([f"{gap}{s}" for s in stems], second[rows] % len(stems))
        other = pc.if_else(pa.array(double[rows]), other, "")
        kind = arrow.words([f"{gap}{t}" for t in trades], trade[rows] % len(trades))
        forms = [f"{gap}{form}" if form else "" for form in FORMS[name]]
        form = arrow.words(forms, population.legal_form[rows])
        names[rows] = pc.binary_join_element_wise(first, other, kind, form, "").to_numpy(
            zero_copy_only=False
        )
    if with_awkward:
        names[: len(AWKWARD)] = AWKWARD[:n]
    return pa.array(names, pa.string())
