"""Conversions that SELECTs can call: text as ledgers print it to exact money, numbers, days and document numbers.

Each gives NULL for NULL and for blanks, and an error with the value for whatever it cannot read in one way only:
an amount that became NULL would be an invoice that was never paid, or never sent.
"""

from __future__ import annotations

import duckdb

from contracts.duck import STEP, literal
from contracts.tables.spec import SQL_TYPES, Kind

_BLANKS = r"\s\x{a0}\x{2007}\x{2009}\x{202f}\x{200e}\x{200f}\x{feff}"
"""Spaces, those between groups of digits that no line breaks at, and marks of direction, which show nothing."""
_CURRENCY = r"(?:[A-Z]{0,3}\p{Sc}|Fr\.?|kr\.?|z[łl]|K[čc]|Ft|lei|Rs\.?|元|円|[A-Z]{3})"
_SIDE = r"(?:(?i:dr|cr)\.?|[SH])"
_LEAD = rf"(?:[-+(]|{_SIDE}|{_CURRENCY}|[ ])*"
_TAIL = rf"(?:[-+)]|{_SIDE}|{_CURRENCY}|[ ])*"
_FIGURE = rf"^({_LEAD}?)([0-9][0-9 '.,]*[0-9]|[0-9]|[.,][0-9]+)({_TAIL})$"
_LAKHS = r"[1-9][0-9]?(?:,[0-9]{2})*,[0-9]{3}"
"""Indian groups: 12,34,567."""


def _reading(point: str, other: str) -> str:
    """Digits in groups of three by one sign, which is not the decimal separator, or in no groups."""
    groups = "|".join(
        rf"[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}})+" for sign in ("[ ]", "'", f"[{other}]")
    )
    lakhs = f"|{_LAKHS}" if other == "," else ""
    return rf"(?:[0-9]+|{groups}{lakhs})?(?:[{point}][0-9]+)?"


_BY_POINT, _BY_COMMA = literal(_reading(".", ",")), literal(_reading(",", "."))
_NOT_READ = "'a figure cannot be read: ' || {x} || " + literal(
    f"{STEP}Correct it at the source; a word for `none` belongs in `null_values` of the file, or NULLIF(x, '...')."
)
_TWO_SIGNS = "'a figure cannot be read: ' || {x} || " + literal(
    f"{STEP}Its signs say two things, or nothing known: correct it at the source, or say in the SELECT what it means."
)
_TWO_WAYS = (
    "'a figure can be read in two ways: ' || {x} || ' is ' || bonitas_plain({x}, '.') || ' with a decimal point, ' "
    "|| bonitas_plain({x}, ',') || ' with a decimal comma' || "
    + literal(f"{STEP}Say which: money(x, '.') or money(x, ','); the same for number(x, ...).")
)
_OTHER_POINT = (
    "'a figure cannot be read with the decimal separator ' || point || ': ' || {x} || "
    + literal(f"{STEP}Check the separator that the SELECT states, or correct the value.")
)
_PLACES = "'an amount has more than three decimal places: ' || {x} || " + literal(
    f"{STEP}Nothing is rounded for you: write money(round(number(x), 2)) where that is meant, with the places of its currency."
)
_NO_DAY = "'a day cannot be read: ' || {x} || ' by the format ' || format || " + literal(
    f"{STEP}Correct the format, or name fillers such as 00.00.0000 in `null_values` of the file: they become NULL."
)
_EARLY = (
    "'a day of the year ' || year(moment) || ': ' || {x} || ' by the format ' || format || "
    + literal(
        f"{STEP}A year of two digits is %y, not %Y; fillers such as 0001-01-01 go into `null_values` of the file."
    )
)
_INSTANT = (
    "'an instant is a day only where it is said whose: ' || {x} || ' by the format ' || format || "
    + literal(
        f"{STEP}The day as it is written is day(left(x, 10), '%Y-%m-%d'); the day where your books are kept is "
        "CAST(timezone('Europe/Berlin', CAST(x AS TIMESTAMPTZ)) AS DATE)."
    )
)
_BAD_NUMBER = "'a document number cannot be told from ' || {x} || " + literal(
    f"{STEP}It is a fraction, or a number too long for a spreadsheet: deliver the column as text."
)


def _error(message: str, x: str) -> str:
    return f"error({message.format(x=x)})"


def _bound(name: str, value: str, expression: str) -> str:
    """An expression in which a value has a name: a macro copies its argument to wherever it is used."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"


_SIGN = "bonitas_sign(parts.lead || parts.tail)"


def _is_blank(text: str) -> str:
    return f"regexp_full_match({text}, '[{_BLANKS}]*')"


_READ_BY = f"""CASE
    WHEN typeof(x) <> 'VARCHAR' THEN digits
    WHEN point = '.' THEN if(regexp_full_match(digits, {_BY_POINT}), bonitas_plain(digits, '.'), {_error(_OTHER_POINT, "x")})
    WHEN point = ',' THEN if(regexp_full_match(digits, {_BY_COMMA}), bonitas_plain(digits, ','), {_error(_OTHER_POINT, "x")})
    WHEN NOT regexp_full_match(digits, {_BY_COMMA})
    THEN if(regexp_full_match(digits, {_BY_POINT}), bonitas_plain(digits, '.'), {_error(_NOT_READ, "x")})
    WHEN NOT regexp_full_match(digits, {_BY_POINT}) THEN bonitas_plain(digits, ',')
    WHEN regexp_matches(digits, '[.,]') THEN {_error(_TWO_WAYS, "digits")}
    ELSE bonitas_plain(digits, '.') END"""
_FIGURE_OF = f"""CASE WHEN x IS NULL OR {_is_blank("CAST(x AS VARCHAR)")} THEN NULL
    WHEN parts.digits = '' THEN {_error(_NOT_READ, "CAST(x AS VARCHAR)")}
    WHEN {_SIGN} = '?' THEN {_error(_TWO_SIGNS, "CAST(x AS VARCHAR)")}
    ELSE {_SIGN} || bonitas_read_by(x, parts.digits, point) END"""
_CENTS = f"""CASE WHEN regexp_matches(figure, '[.][0-9]{{3}}[0-9]*[1-9]') THEN {_error(_PLACES, "figure")}
    ELSE CAST(figure AS {SQL_TYPES[Kind.MONEY]}) END"""
_DAY = f"""CASE WHEN text IS NULL OR {_is_blank("text")} THEN NULL
    WHEN contains(lower(format), '%z') THEN {_error(_INSTANT, "text")}
    WHEN moment IS NULL THEN {_error(_NO_DAY, "text")}
    WHEN year(moment) < 1000 THEN {_error(_EARLY, "text")}
    WHEN NOT regexp_matches(format, '[^%A-Za-z]') AND strftime(moment, format) <> trim(text) THEN {_error(_NO_DAY, "text")}
    ELSE CAST(moment AS DATE) END"""
_ID = f"""CASE WHEN {_is_blank("text")} THEN NULL
    WHEN kind <> 'VARCHAR' AND NOT regexp_full_match(text, '-?[0-9]+([.]0*)?') OR kind = 'DOUBLE' AND length(text) > 17 THEN {_error(_BAD_NUMBER, "text")}
    ELSE regexp_replace(text, '^(-?[0-9]+)[.]0*$', '\\1') END"""


def _usual(point: str, other: str) -> str:
    """Figures as most are, with one or two decimals and at most one minus; what they mean is beyond doubt."""
    digits = rf"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:[{other}][0-9]{{3}})+)[{point}][0-9]{{1,2}}"
    return literal(f"-?{digits}|{digits}-")


def _fast(point: str, other: str) -> str:
    return (
        f"WHEN coalesce(point, '{point}') = '{point}' AND regexp_full_match(value, {_usual(point, other)}) "
        f"THEN if(contains(value, '-'), '-', '') || replace(replace(trim(value, '-'), '{other}', ''), '{point}', '.')"
    )


_FIGURE_BOUND = _bound(
    "value",
    "x",
    _bound("found", "bonitas_parts(bonitas_text(value))", "bonitas_read(value, found, point)"),
)
_MOMENT = "bonitas_day(value, try_strptime(value, format), format)"

_MACROS = (
    # A DOUBLE one rounding away from whole thousandths is those thousandths; any other shows all its digits.
    """bonitas_text(x) AS CASE WHEN typeof(x) <> 'DOUBLE' THEN CAST(x AS VARCHAR)
        WHEN abs(TRY_CAST(x AS DOUBLE) - round(TRY_CAST(x AS DOUBLE), 3)) <= 1e-9 * greatest(1, abs(TRY_CAST(x AS DOUBLE)))
        THEN coalesce(CAST(TRY_CAST(round(TRY_CAST(x AS DOUBLE), 3) AS DECIMAL(38,3)) AS VARCHAR), CAST(x AS VARCHAR))
        ELSE CAST(x AS VARCHAR) END""",
    f"""bonitas_parts(t) AS regexp_extract(trim(translate(regexp_replace(t, '[{_BLANKS}]', ' ', 'g'),
        {literal("−–’‘´`")}, {literal("--''''")})), {literal(_FIGURE)}, ['lead', 'digits', 'tail'])""",
    # '?' where the sign, the brackets and the side of the ledger say two things.
    f"""bonitas_sign(marks) AS CASE upper(regexp_replace(marks, '{_CURRENCY}|[ .]', '', 'g'))
        WHEN '' THEN '' WHEN '+' THEN '' WHEN 'DR' THEN '' WHEN 'S' THEN ''
        WHEN '-' THEN '-' WHEN '()' THEN '-' WHEN 'CR' THEN '-' WHEN 'H' THEN '-' ELSE '?' END""",
    """bonitas_plain(digits, point) AS translate(
        if(point = ',', replace(replace(digits, '.', ''), ',', '.'), replace(digits, ',', '')), ' ''', '')""",
    f"bonitas_read_by(x, digits, point) AS {_READ_BY}",
    f"bonitas_read(x, parts, point) AS {_FIGURE_OF}",
    f"bonitas_slow(x, point) AS {_FIGURE_BOUND}",
    # Most figures need one test, a tenth of the time.
    f"bonitas_fast(x, value, point) AS CASE {_fast('.', ',')} {_fast(',', '.')} ELSE bonitas_slow(x, point) END",
    f"bonitas_figure(x, point) AS {_bound('given', 'x', 'bonitas_fast(given, CAST(given AS VARCHAR), point)')}",
    f"bonitas_money(x, point) AS {_bound('figure', 'bonitas_figure(x, point)', _CENTS)}",
    f"bonitas_day(text, moment, format) AS {_DAY}",
    f"bonitas_id(text, kind) AS {_ID}",
    "money(x) AS bonitas_money(x, NULL), (x, point) AS bonitas_money(x, point)",
    "number(x) AS CAST(bonitas_figure(x, NULL) AS DOUBLE), (x, point) AS CAST(bonitas_figure(x, point) AS DOUBLE)",
    # With one argument it is the engine's own: the day of the month.
    f"day(x) AS date_part('day', x), (x, format) AS {_bound('value', 'CAST(x AS VARCHAR)', _MOMENT)}",
    f"id(x) AS {_bound('value', 'x', 'bonitas_id(CAST(value AS VARCHAR), typeof(value))')}",
)


def offer_conversions(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `money`, `number`, `day` and `id` callable in every SELECT of the connection; idempotent.

    >>> with duckdb.connect() as engine:
    ...     offer_conversions(engine)
    ...     engine.sql("SELECT money('1.234,50-'), day('28.02.24', '%d.%m.%y'), id(1846335005.0)").fetchall()
    [(Decimal('-1234.500'), datetime.date(2024, 2, 28), '1846335005')]
    """
    for macro in _MACROS:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")
