"""A Parquet file of which a few columns of a few row groups have changed: the rest is copied as it lies, neither read nor packed anew.

The bytes are those that `store.write_batches` writes of the same rows. Packing a matrix costs more than computing what
one late payment changes in it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.files import whole_file
from contracts.tables.store import PACKING
from contracts.tables.thrift import Struct, read_struct, write_struct

MAGIC = b"PAR1"
COPIED = 1 << 20  # bytes at a time
_TAIL = 8  # bytes: length of the footer, and the mark
# numbers of fields in parquet.thrift
GROUPS = 4  # of the file
COLUMNS, BYTE_SIZE, GROUP_OFFSET, PACKED_SIZE = 1, 2, 5, 6  # of a row group
FILE_OFFSET, META = 2, 3  # of a column chunk
UNPACKED, PACKED, DATA, INDEX, DICTIONARY = 6, 7, 9, 10, 11  # of its metadata
_ELSEWHERE, _BLOOM = (4, 6), 14
"""Fields that point to what lies outside of the chunks; our writer writes none."""


class NotSplicedError(ValueError):
    """The file is not laid out as our writer does it: its rows have to be written anew."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Where the bytes of a column of a row group lie, and what the footer says of them."""

    file: BinaryIO
    start: int
    length: int
    told: Struct


def spliced(old: Path, path: Path, changed: Mapping[int, pa.Table]) -> None:
    """Writes a Parquet file, whole: the old one, but for some columns of some row groups.

    Args:
        old: a file of `store.write_batches`; stays as it is.
        path: where to.
        changed: by number of a row group, the columns that are other now, with every row of it.

    Raises:
        NotSplicedError: the old file was written in another way.
    """
    with old.open("rb") as source, whole_file(path) as partial, partial.open("wb") as out:
        footer = _footer(source)
        out.write(MAGIC)
        kind, groups = footer[GROUPS][1]
        done = []
        for number, group in enumerate(groups):
            chunks = _chunks(source, group)
            if number in changed:
                fresh = _packed(changed[number])
                chunks = [fresh.get(_path(one), one) for one in chunks]
            done.append(_placed(out, group, chunks))
        tail = write_struct({**footer, GROUPS: (footer[GROUPS][0], (kind, done))})
        out.write(tail + len(tail).to_bytes(4, "little") + MAGIC)


def _footer(file: BinaryIO) -> Struct:
    file.seek(-_TAIL, io.SEEK_END)
    length, mark = int.from_bytes(file.read(4), "little"), file.read(4)
    if mark != MAGIC:
        raise NotSplicedError(mark)
    file.seek(-_TAIL - length, io.SEEK_END)
    data = file.read(length)
    footer, _ = read_struct(data)
    if write_struct(footer) != data:
        raise NotSplicedError("footer")
    return footer


def _chunks(file: BinaryIO, group: Struct) -> list[_Chunk]:
    """The column chunks of a row group, in their order, which is that of their bytes."""
    found = []
    for told in group[COLUMNS][1][1]:
        meta = told[META][1]
        if told.get(FILE_OFFSET, (0, 0))[1] or _BLOOM in meta or any(one in told for one in _ELSEWHERE):  # fmt: skip
            raise NotSplicedError(_name(meta))
        found.append(_Chunk(file, min(_offsets(meta)), meta[PACKED][1], told))
    return found


def _offsets(meta: Struct) -> list[int]:
    return [meta[one][1] for one in (DATA, INDEX, DICTIONARY) if one in meta]


def _path(chunk: _Chunk) -> bytes:
    return _name(chunk.told[META][1])


def _name(meta: Struct) -> bytes:
    parts: list[bytes] = meta[3][1][1]
    return b".".join(parts)


def _packed(columns: pa.Table) -> dict[bytes, _Chunk]:
    """The chunks of the columns as our writer packs them, by name."""
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, columns.schema, **PACKING) as writer:
        writer.write_table(columns.combine_chunks(), row_group_size=columns.num_rows)
    (group,) = _footer(sink)[GROUPS][1][1]
    return {_path(one): one for one in _chunks(sink, group)}


def _placed(out: BinaryIO, group: Struct, chunks: list[_Chunk]) -> Struct:
    """Copies the chunks one behind the other; what the footer says of the row group there."""
    begin, told = out.tell(), []
    for one in chunks:
        shift = out.tell() - one.start
        one.file.seek(one.start)
        _copy(one.file, out, one.length)
        meta = {
            number: (kind, value + shift if number in (DATA, INDEX, DICTIONARY) else value)
            for number, (kind, value) in one.told[META][1].items()
        }
        told.append({**one.told, META: (one.told[META][0], meta)})
    sums: dict[int, Any] = {
        BYTE_SIZE: sum(one[META][1][UNPACKED][1] for one in told),
        PACKED_SIZE: sum(one[META][1][PACKED][1] for one in told),
        GROUP_OFFSET: begin,
        COLUMNS: (group[COLUMNS][1][0], told),
    }
    return {number: (kind, sums.get(number, value)) for number, (kind, value) in group.items()}


def _copy(source: BinaryIO, out: BinaryIO, length: int) -> None:
    while length:
        read = source.read(min(COPIED, length))
        if not read:
            raise NotSplicedError("cut")
        out.write(read)
        length -= len(read)
