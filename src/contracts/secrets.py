"""Addresses that hold a password: what of them may be shown, and how they are blanked in any text.

Wherever an address is printed, logged, raised or written, it goes through `shown` or `masked`; nothing else hides one.
"""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://")
_PASSWORDS = (
    r"(?:ssl)?password|passwd|pwd|passphrase|account_?key|(?:aws_)?secret_?(?:access_?)?key"
)
_KEYED = re.compile(
    rf"(?i)(?:(?<![a-z])|(?<=%3B|%26|%3F|%20))({_PASSWORDS}|(?:[a-z]+_)?token|secret|api_?key|(?:x-amz-)?signature|sig)(=|%3D)([^&;\s]*)"
)
"""A parameter that holds a secret, in an address or, percent-encoded, in a parameter of it."""
_PLAIN = re.compile(rf"(?i)(?<![a-z_])({_PASSWORDS})=[^&;\s]")
"""The same outside an address, as drivers take it: host=db password=x. Of a token only an address is sure to mean a secret."""
_ENDS = re.compile(r"%3B|%26|['\"]", re.IGNORECASE)
_LONE = re.compile(r"https?://([^\s/@:'\"?#]+)@", re.IGNORECASE)
"""A user without a password: to a web server it is a token."""
_ANY = re.compile(r"(://)[^\s/@:'\"]*:[^\s'\"]*@")
"""Any address with a password, in any text; up to its last @, which an unencoded password may hold."""

_WITH_KEY = re.compile(rf"://\S*?{_KEYED.pattern.removeprefix('(?i)')}", re.IGNORECASE)


def password_of(address: str) -> str | None:
    """The password between the first colon and the last @ of an address, as it stands there; None where there is none.

    A password that is not percent-encoded, though it should be, is found as a whole: too much may be hidden, never too little.

    >>> password_of("postgresql://ann:p@s/s%40@db.lan:5432/erp"), password_of("sqlite:///mlflow.db")
    ('p@s/s%40', None)
    """
    found = _SCHEME.match(address)
    user_info = address[found.end() :].rpartition("@")[0] if found else ""
    return user_info.partition(":")[2] or None


def secrets_of(address: str) -> set[str]:
    """Every way in which the secrets of an address may be written: as they stand, decoded, and encoded."""
    held = {password_of(address) or ""} if _SCHEME.match(address) else set()
    keyed = {one[2] for one in _KEYED.findall(address)}
    held |= keyed | {_ENDS.split(one)[0] for one in keyed} | set(_LONE.findall(address))
    decoded = held | {unquote(one) for one in held} | {unquote_plus(one) for one in held}
    encoded = {way(one) for one in decoded for way in (quote, quote_plus)}
    encoded |= {quote(one, safe="") for one in decoded}
    return {one for one in decoded | encoded if one}


def has_secret(text: str) -> bool:
    """Whether a text is or holds an address with a password.

    >>> [has_secret(one) for one in ("https://ann:pw@host", "https://host:5000/a", "postgresql://h/db?password=x")]
    [True, False, True]
    >>> [has_secret(one) for one in ("host=db password=x", "https://token@host", "postgresql://ann@db/erp", "WHERE token='x'")]
    [True, True, False, False]
    """
    of_an_address = bool(_SCHEME.match(text) and secrets_of(text))
    return of_an_address or any(one.search(text) for one in (_ANY, _WITH_KEY, _PLAIN, _LONE))


def is_ambiguous(address: str) -> bool:
    """Whether user and password hold a character that has to be percent-encoded: drivers would cut it differently.

    >>> is_ambiguous("postgresql://ann:p@ss@db/erp"), is_ambiguous("postgresql://ann:p%40ss@db/erp")
    (True, False)
    """
    found = _SCHEME.match(address)
    user_info = address[found.end() :].rpartition("@")[0] if found else ""
    return bool(re.search(r"[@/?#\s]", user_info)) or user_info.count(":") > 1


ENCODE = (
    "Write special characters of user and password percent-encoded: @ as %40, : as %3A, / as %2F, # as %23, ? as %3F, "
    "% as %25, a space as %20."
)


def shown(address: str) -> str:
    """An address as it may be shown: without user and password, whatever characters they hold.

    >>> shown("postgresql://ann:p@s/s@db.lan:5432/erp?sslmode=require&password=x")
    'postgresql://***@db.lan:5432/erp?sslmode=require&password=***'
    """
    found = _SCHEME.match(address)
    if not found:
        return "an address that is not a URL"
    user_info, at, place = address[found.end() :].rpartition("@")
    begin = f"{found[1]}://{HIDDEN}@" if at and user_info else f"{found[1]}://"
    return _KEYED.sub(rf"\1\2{HIDDEN}", begin + place)


def masked(text: str, *addresses: str) -> str:
    """A text in which no secret of the addresses is left, nor of any other address that stands in it.

    Args:
        text: such as a driver's message.
        addresses: those that were used; others are known by their form only.

    >>> masked("no b@d, no b%40d, see https://x:y@host", "postgresql://ann:b%40d@db/erp")
    'no ***, no ***, see https://***@host'
    """
    found = {secret for address in addresses for secret in secrets_of(address)}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _LONE.sub(lambda one: one[0].replace(one[1], HIDDEN), _ANY.sub(rf"\1{HIDDEN}@", text))


_ASSIGNED = re.compile(
    r"""(?im)^([+\- ]?.*?\b[\w.-]*(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|signing_?key)s?(?![a-z])[\w-]*["']?\s*[:=]\s*)(\S.*)$"""
)
"""A line that gives a name which speaks of a secret a value, in YAML, TOML, an environment file or a program."""
_KEY = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]*?)(-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)


def blanked(text: str) -> str:
    r"""A text of files in which no value is left that its name, or its form, shows to be a secret; too much rather than too little.

    >>> print(blanked("+db_password: hunter2\n margin: 0.02\n+url: https://ann:pw@host/a"))
    +db_password: ***
     margin: 0.02
    +url: https://***@host/a
    """
    without_keys = _KEY.sub(lambda found: _lines_hidden(*found.groups()), text)
    return masked(_ASSIGNED.sub(rf"\1{HIDDEN}", without_keys))


def _lines_hidden(begin: str, inner: str, end: str) -> str:
    """A key with as many lines as it had, each with its mark of a patch, so that a patch stays one."""
    lines = [f"{one[:1] if one[:1] in '+- ' else ''}{HIDDEN}" for one in inner.split("\n")[1:-1]]
    last = inner.rpartition("\n")[2]
    return "\n".join([begin, *lines, f"{last if last in {'+', '-', ' '} else ''}{end}"])
