"""Views: boosters of one bundle that may look at some of the features only, so that they err differently."""

from __future__ import annotations

from typing import Literal

import numpy as np

from contracts.arrays import Bools, Floats
from models.base.data import ModelContract

View = Literal["all", "absolute", "relative"]
PEERS, RANK = "peers_", "_rank"


def in_view(view: View, contract: ModelContract) -> Bools:
    """Which features a view shows, one flag per feature of the contract.

    `absolute` leaves out the ranks among peers. `relative` leaves out every feature that has such a rank,
    so that a year in which everybody's ratios fall looks like any other. `all` shows everything.

    Args:
        view: its name.
        contract: features; the rank of x is named `peers_x_rank`.
    """
    names = contract.names
    has_rank = {ranked(name) for name in names if is_rank(name)}
    if view == "absolute":
        return np.array([not is_rank(name) for name in names], dtype=np.bool_)
    if view == "relative":
        return np.array([name not in has_rank for name in names], dtype=np.bool_)
    return np.ones(len(names), dtype=np.bool_)


def rank_of(name: str) -> str:
    """The name of a feature's rank among peers.

    >>> rank_of("ratios_current")
    'peers_ratios_current_rank'
    """
    return f"{PEERS}{name}{RANK}"


def ranked(name: str) -> str:
    """The name of the feature that a rank ranks: the way back of `rank_of`.

    >>> ranked("peers_ratios_current_rank")
    'ratios_current'
    """
    return name.removeprefix(PEERS).removesuffix(RANK)


def is_rank(name: str) -> bool:
    """Whether a feature of this name is a rank among peers.

    >>> is_rank("peers_ratios_current_rank"), is_rank("ratios_current")
    (True, False)
    """
    return name.startswith(PEERS) and name.endswith(RANK)


def seen(codes: Floats, view: View, contract: ModelContract) -> Floats:
    """The encoded rows as a view shows them: every other column is missing throughout.

    LightGBM never splits on a constant column, so a booster fitted on this reads whole rows later and
    needs no columns of its own: contract, certificate and serving stay as they are.
    """
    return codes if view == "all" else np.where(in_view(view, contract), codes, np.nan)
