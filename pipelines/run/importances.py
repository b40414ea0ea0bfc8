"""A picture of what a model uses, for MLflow's list of files: bars of the features' shares, and no words but their names."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import vl_convert

from contracts.resources import refuse_no_room_to_draw

MAX_SHOWN = 30
"""Features shown."""


def importances(shares: Mapping[str, float]) -> str:
    """An SVG file: the strongest features, each a bar as long as its share.

    Args:
        shares: by feature, of the whole.

    >>> "billing_recent_share" in importances({"billing_recent_share": 0.7, "balance_amount": 0.3})
    True
    """
    strongest = sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:MAX_SHOWN]
    frame = pd.DataFrame(strongest, columns=["feature", "share"])
    across = alt.X("share:Q", axis=alt.Axis(format="%", orient="top"), title="share of the gain")
    down = alt.Y("feature:N", sort=None, axis=alt.Axis(labelLimit=420, ticks=False), title=None)
    chart = alt.Chart(frame, width=520, height=alt.Step(18)).mark_bar().encode(x=across, y=down)
    refuse_no_room_to_draw()
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))
