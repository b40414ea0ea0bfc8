"""Which model was validated and which ships, why that is sound, and how far the two agree."""

from __future__ import annotations

from reports.frame.grid import Pair, Table
from reports.frame.lasting import lasting
from reports.frame.wording import said
from reports.model.words import Pack, badge, column, joined, table


def shipped_sentence(pack: Pack) -> Pair | None:
    """What each has learned from, how alike they rank, and for which year the level is; None where it is not known."""
    shipped = pack["shipped"]
    if shipped is None:
        return None
    own, twin = shipped["own"], shipped["twin"]
    if shipped["policy"] != "all":
        return said("model.shipped.same", rows=own["rows"], until=own["until"])
    told = [
        said(
            "model.shipped.all",
            rows=own["rows"],
            until=own["until"],
            twin_rows=twin["rows"],
            twin_until=twin["until"],
        )
    ]
    if (newer := shipped["weighed"]) is not None:
        keys = ("rows", "until", "defaults", "weight")
        told.append(said("model.shipped.weighed", **{key: newer[key] for key in keys}))
    if shipped["rank"] is not None:
        keys = ("rows", "rank", "own_pd", "twin_pd")
        told.append(said("model.shipped.agree", **{key: shipped[key] for key in keys}))
    level = shipped["level"]
    if level is not None:
        told.append(
            said(
                "model.shipped.level",
                start=level["use_from"],
                end=level["use_until"],
                until=level["until"],
                **{key: level[key] for key in ("offset", "low", "high")},
            )
        )
        if (lasts := lasting(level)) is not None:
            told.append(lasts)
    return joined(*told)


def by_origin(pack: Pack) -> Table:
    """What the recipe would have said at each origin of the year that followed, and of all years."""
    years = [
        {**year["figures"], "origin": year["origin"], "until": year["until"]}
        for year in pack["origins"]
    ]
    if len(years) > 1:
        span = {"origin": years[0]["origin"], "until": years[-1]["until"]}
        years.append({**pack["pooled"], **span})
    columns = [
        column("origin", "day"),
        column("until", "day"),
        column("n", "count", title="observations"),
        column("defaults", "count"),
        column("mean_pd", "share", 2, title="expected"),
        column("rate", "figure_share", 2, title="observed"),
        column("observed_to_expected", "figure", 2, title="ratio"),
        column("roc_auc", "figure"),
        column("brier_skill", "figure"),
        column("log_loss", "figure", 4, title="log_loss"),
    ]
    why = "origins_stated" if pack["rests_on"] else "origins"
    return table("origins", columns, years, absent=f"model.absent.{why}")


def open_years(pack: Pack) -> Table:
    """What each origin says of learning from open outcomes: whether defaults came when they had, and the loss with and without."""
    rows = [
        {**year, "badge": badge("good" if year["taken"] == "weighed" else "info", year["taken"])}
        for year in pack["open_years"]
    ]
    columns = [
        column("origin", "day"),
        column("rows", "count", title="open"),
        column("in_the_end", "count"),
        column("came", "count"),
        column("expected", "number", 0, title="expected_by_timing"),
        column("weighed", "number", 4),
        column("left_out", "number", 4),
        column("error", "number", 4, title="gap_error"),
        column("badge", "badge", title="on_the_day"),
    ]
    return table("open_years", columns, rows)


def shipped_grades(pack: Pack) -> Table:
    """The level of either model in each grade with enough customers, on the newest observations."""
    shipped = pack["shipped"]
    columns = [
        column("grade", "grade"),
        column("customers", "count"),
        column("twin_pd", "share", 2),
        column("own_pd", "share", 2),
        column("off", "number", 2, title="log_ratio"),
    ]
    return table("shipped", columns, [] if shipped is None else shipped["grades"])
