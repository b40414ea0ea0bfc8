"""A day written in text is read as it is written, or not at all."""

from __future__ import annotations

from datetime import date

import ibis

from features.time.days import written_day

TEXTS = {
    "2024-01-05": date(2024, 1, 5), " 2024-02-29\t": date(2024, 2, 29), "1969-12-31": date(1969, 12, 31),
    "2024-02-30": None, "2023-02-29": None, "2024-1-5": None, "2024-01": None, "2024/01/05": None, "05.01.2024": None,
    "2024-01-05 00:00:00": None, "on 2024-01-05": None, "12024-01-05": None, "": None,
}  # fmt: skip


def test_only_a_whole_day_in_iso_form_is_a_day() -> None:
    rows = ibis.memtable({"at": list(range(len(TEXTS))), "text": list(TEXTS)})
    found = rows.select("at", day=written_day(rows.text)).order_by("at").to_pyarrow()["day"]
    epoch = date(1970, 1, 1)
    wanted = [None if day is None else (day - epoch).days for day in TEXTS.values()]
    assert found.to_pylist() == wanted
