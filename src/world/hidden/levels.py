"""The levels the world is tied to: every number of the process, with its reason or its published source."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from contracts.config.source import Severity

DOWNTURN_DEPTH: MappingProxyType[Severity, float] = MappingProxyType(
    # Log-odds added to the monthly hazard of arrears at the trough. exp(1.15) = 3.2 at the trough month,
    # a yearly default rate 2 to 3 times the normal one, as speculative-grade rates did in 2001 and 2009.
    {"none": 0.0, "mild": 0.45, "severe": 1.15}
)


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry and how it differs from the average one.

    Attributes:
        name: as the supplier's master data has it.
        weight: share of the customers.
        hazard: log-odds added to the hazard of arrears. After Destatis, corporate insolvencies per 10,000
            companies, January to September 2024: transport 91, construction 72, hospitality 64, all 47, energy
            and water lowest; in 2023 manufacturing 63.5 where all had 52.5. The log-odds are set wider than the
            logarithms of these ratios, as sudden insolvencies hit all alike and the weak fail early.
        delay: days added to the habit of paying.
        season: half the swing of its yearly order cycle, as a share.
        peak: month of the year (1..12) with most orders.
        margin: EBIT over revenue of a firm of average health.
        stock: days of cost of goods sold held as inventory.
    """

    name: str
    weight: float
    hazard: float
    delay: float
    season: float
    peak: int
    margin: float
    stock: float


INDUSTRIES = (
    Industry("manufacturing", 0.22, 0.45, 0.0, 0.08, 10, 0.065, 65.0),
    Industry("construction", 0.16, 0.88, 4.0, 0.28, 7, 0.045, 30.0),
    Industry("wholesale", 0.15, -0.15, 0.0, 0.10, 11, 0.035, 50.0),
    Industry("retail", 0.11, 0.00, -1.0, 0.22, 11, 0.030, 70.0),
    Industry("transport", 0.09, 1.25, 3.0, 0.06, 9, 0.035, 5.0),
    Industry("hospitality", 0.06, 0.80, 2.0, 0.25, 6, 0.050, 10.0),
    Industry("professional services", 0.07, -0.30, 1.0, 0.05, 12, 0.095, 3.0),
    Industry("information technology", 0.05, -0.30, 0.0, 0.06, 12, 0.090, 8.0),
    Industry("agriculture", 0.03, -0.30, -1.0, 0.30, 5, 0.070, 60.0),
    Industry("healthcare", 0.03, -0.50, -1.0, 0.04, 2, 0.070, 15.0),
    Industry("chemicals", 0.02, -0.55, -2.0, 0.06, 4, 0.095, 55.0),
    Industry("utilities", 0.01, -0.90, -3.0, 0.15, 1, 0.110, 12.0),
)


@dataclass(frozen=True, slots=True)
class Country:
    """One country: share of the customers, billing currency, days added to the habit of paying.

    Delays follow the order of Atradius' and Intrum's surveys: southern Europe slowest, Germany and the
    Netherlands fast.
    """

    code: str
    weight: float
    currency: str
    delay: float


COUNTRIES = (
    Country("DE", 0.36, "EUR", -2.0),
    Country("FR", 0.10, "EUR", 1.0),
    Country("IT", 0.08, "EUR", 6.0),
    Country("NL", 0.07, "EUR", -2.0),
    Country("AT", 0.06, "EUR", -1.0),
    Country("ES", 0.05, "EUR", 4.0),
    Country("BE", 0.04, "EUR", 1.0),
    Country("GB", 0.08, "GBP", 2.0),
    Country("US", 0.05, "USD", 0.0),
    Country("PL", 0.05, "PLN", 2.0),
    Country("CH", 0.04, "CHF", -2.0),
    Country("CN", 0.02, "USD", 5.0),
)


@dataclass(frozen=True, slots=True)
class HealthLevels:
    """The hidden chain. Rates are per month unless said otherwise.

    The yearly default rate they give is about 2.9 % in normal times: the upper end of the 1.5-3 % that
    trade-credit bureaus report, so that 2,000 customers leave some 50 defaults a year to learn from.
    """

    weight_fixed: float = 0.60  # standard deviation of the customer's lasting health
    weight_own: float = 0.75  # standard deviation of its own changing health
    persistence: float = (
        0.95  # of own health from month to month: half of a shock is left after 13.5 months
    )
    industry_swing: float = 0.20  # standard deviation of an industry's common factor, log-odds
    industry_persistence: float = 0.97  # of that factor
    hazard_base: float = -6.87  # log-odds of falling into arrears for a firm of average health
    hazard_slope: float = 1.45  # log-odds per unit of health
    deepen: float = 0.75  # arrears get worse by a step
    recover: float = 0.10  # arrears end well
    rescue: tuple[float, float, float] = (0.06, 0.03, 0.0)  # payments resume in stop month 1, 2, 3
    insolvency: tuple[float, float, float] = (0.03, 0.06, 0.0)  # files before 90 days are over
    sudden: float = 0.00022  # insolvency without a warning: about one default in ten
    leave: float = 0.0025  # a healthy customer stops buying: 3 % a year
    contagion: float = 0.15  # a group member's default pushes another member into arrears


@dataclass(frozen=True, slots=True)
class EconomyLevels:
    """The economy over the window. Known to the truth, unknown to every feature."""

    downturn_from: float = (
        0.60  # share of the window after which it begins; the trough is in the last third
    )
    slide_months: int = 6  # from normal to trough
    trough_months: int = 14
    recovery_months: int = 12
    ripple: float = 0.10  # standard deviation of ordinary cycles, log-odds
    orders: float = -0.18  # log of order volume per log-odds of downturn


@dataclass(frozen=True, slots=True)
class TradeLevels:
    """Orders, documents and payments.

    Late share: 41.8 % of the value of B2B receivables in Western Europe (Atradius Payment Practices
    Barometer, October 2018), nearly half in its 2024 edition. DSO: 58 days in Europe, 59-62 in the world
    (Allianz Trade, 2023-2024). Terms: 52 days on average in Western Europe in 2024 (Atradius).
    """

    terms_days: tuple[int, ...] = (14, 30, 45, 60, 90)
    terms_weights: tuple[float, ...] = (0.04, 0.22, 0.24, 0.37, 0.13)
    credit_note_share: float = 0.022  # of the invoices are followed by a credit note
    habit_mean: float = -10.4  # days from due date a customer pays, before the other effects
    habit_spread: float = 6.5
    habit_health: float = (
        -0.45
    )  # correlation of habit and lasting health: chronic slow payers are weaker
    eagerness: float = (
        0.25  # days paid before the due date are this share of what the sum of effects says
    )
    liquidity_spread: float = 3.5  # days, a customer's good and bad months that mean nothing
    liquidity_persistence: float = 0.6
    noise_spread: float = 4.0  # days, from invoice to invoice
    strain: float = 14.0  # days late per unit of health below `strain_from`
    strain_from: float = 0.4
    arrears_days: tuple[float, float, float] = (14.0, 27.0, 40.0)  # added in arrears step 1, 2, 3
    longest_delay: int = 84  # an invoice that is paid at all is paid before it would be a default
    partial_share: float = 0.04  # paid in two parts
    partial_arrears: float = 0.22  # ... in arrears
    token_share: float = 0.15  # an invoice never paid in full still sees a token payment
    dispute_share: float = 0.012  # genuine disputes
    dispute_arrears: float = 0.05  # disputes as a symptom
    recovery_share: float = 0.30  # defaulted customers that pay a dividend later


@dataclass(frozen=True, slots=True)
class Levels:
    """All levels of the world."""

    health: HealthLevels = field(default_factory=HealthLevels)
    economy: EconomyLevels = field(default_factory=EconomyLevels)
    trade: TradeLevels = field(default_factory=TradeLevels)
    industries: tuple[Industry, ...] = INDUSTRIES
    countries: tuple[Country, ...] = COUNTRIES
