"""Thrift's compact protocol, as far as the footer of a Parquet file needs it: read into plain values, and written back byte for byte.

Source: Apache Thrift, "Thrift compact protocol"; Apache Parquet, `parquet.thrift`.
"""

from __future__ import annotations

from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12)  # fmt: skip
_WHOLE, _LISTS = frozenset({I16, I32, I64}), frozenset({LIST, SET})
_LONG_LIST = 15  # in place of a length that four bits do not hold

Struct = dict[int, tuple[int, Any]]
"""By number of a field, its type and value; a list is the type of its members and the members."""


class UnknownTypeError(ValueError):
    """A type that no footer has."""


def read_struct(data: bytes, at: int = 0) -> tuple[Struct, int]:
    r"""A struct, and where it ends.

    Args:
        data: bytes that hold it.
        at: where it begins.

    Raises:
        UnknownTypeError: it holds a type that no footer has.

    >>> read_struct(bytes([0x15, 0x04, 0x18, 0x01, 0x61, 0x00]))  # field 1: 2, field 2: "a"
    ({1: (5, 2), 2: (8, b'a')}, 6)
    """
    found: Struct = {}
    number = 0
    while data[at]:
        head, at = data[at], at + 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _signed(data, at)
        kind = head & 15
        if kind in (TRUE, FALSE):
            found[number] = (kind, None)
        else:
            value, at = _value(data, at, kind)
            found[number] = (kind, value)
    return found, at + 1


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in _WHOLE:
        return _signed(data, at)
    if kind == BINARY:
        length, at = _number(data, at)
        return bytes(data[at : at + length]), at + length
    if kind == STRUCT:
        return read_struct(data, at)
    if kind in _LISTS:
        return _list(data, at)
    if kind in (TRUE, FALSE, BYTE):  # as members of a list
        return data[at], at + 1
    if kind == DOUBLE:
        return bytes(data[at : at + 8]), at + 8
    raise UnknownTypeError(kind)


def _list(data: bytes, at: int) -> tuple[tuple[int, list[Any]], int]:
    head, at = data[at], at + 1
    length, kind = head >> 4, head & 15
    if length == _LONG_LIST:
        length, at = _number(data, at)
    members = []
    for _ in range(length):
        one, at = _value(data, at, kind)
        members.append(one)
    return (kind, members), at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    found = shift = 0
    while True:
        one, at = data[at], at + 1
        found |= (one & 127) << shift
        if one < 128:
            return found, at
        shift += 7


def _signed(data: bytes, at: int) -> tuple[int, int]:
    found, at = _number(data, at)
    return (found >> 1) ^ -(found & 1), at


def write_struct(struct: Struct) -> bytes:
    """The bytes of a struct: `read_struct` backwards.

    >>> write_struct({1: (5, 2), 2: (8, b"a")}).hex()
    '150418016100'
    """
    out = bytearray()
    _put_struct(out, struct)
    return bytes(out)


def _put_struct(out: bytearray, struct: Struct) -> None:
    last = 0
    for number, (kind, value) in struct.items():
        step = number - last
        if 0 < step <= 15:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _put_signed(out, number)
        last = number
        if kind not in (TRUE, FALSE):
            _put(out, kind, value)
    out.append(0)


def _put(out: bytearray, kind: int, value: Any) -> None:
    if kind in _WHOLE:
        _put_signed(out, value)
    elif kind == BINARY:
        _put_number(out, len(value))
        out += value
    elif kind == STRUCT:
        _put_struct(out, value)
    elif kind in _LISTS:
        member, members = value
        short = len(members) < _LONG_LIST
        out.append((len(members) if short else _LONG_LIST) << 4 | member)
        if not short:
            _put_number(out, len(members))
        for one in members:
            _put(out, member, one)
    elif kind == DOUBLE:
        out += value
    else:
        out.append(value)


def _put_number(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _put_signed(out: bytearray, value: int) -> None:
    _put_number(out, value << 1 if value >= 0 else (-value << 1) - 1)
