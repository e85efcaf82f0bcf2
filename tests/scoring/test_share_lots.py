"""Several lots: nobody wins more than allowed, and a draw is never guessed."""

from __future__ import annotations

import pytest

from evaluation.scoring.case import CaseError
from evaluation.scoring.recompute import recompute
from tests.scoring.cases import quoted

FIRST = {"A": "100", "B": "110", "C": "120"}


def lots(*cases, **more):
    return recompute({"lots": list(cases), **more})


def test_the_best_who_may_still_win_gets_each_lot():
    result = lots(quoted(FIRST), quoted(FIRST), quoted(FIRST), quoted(FIRST), max_wins_per_bidder=1)
    assert result["winners"] == {"1": "A", "2": "B", "3": "C", "4": None}
    assert [lot["ranking"][0]["id"] for lot in result["lots"]] == ["A"] * 4
    assert lots(quoted(FIRST), quoted(FIRST))["winners"] == {"1": "A", "2": "A"}
    assert lots(*[quoted(FIRST)] * 3, max_wins_per_bidder=2)["winners"] == {"1": "A", "2": "A", "3": "B"}


def test_a_failed_lot_has_no_winner_and_uses_up_nothing():
    failed = quoted({"A": "100", "B": "110"})
    result = lots(failed, quoted(FIRST), max_wins_per_bidder=1)
    assert result["winners"] == {"1": None, "2": "A"}
    assert result["lots"][0]["failed"] == "fewer_than_three"


def test_a_lot_shared_by_the_first_two_waits_for_the_draw():
    tied = quoted({"A": "100", "B": "100", "C": "120"})
    assert lots(tied)["winners"] == {"1": None}
    assert lots({**tied, "draw": ["B", "A"]})["winners"] == {"1": "B"}
    assert lots(quoted(FIRST), tied, max_wins_per_bidder=1)["winners"] == {"1": "A", "2": "B"}


def test_lots_have_names_and_bidders_may_name_their_bids_differently():
    north, south = (
        {**quoted(FIRST), "lot": "north"},
        {**quoted({"A2": "1", "B2": "2", "C2": "3"}), "lot": "south"},
    )
    for case in (north, south):
        for bid in case["bids"]:
            bid["bidder"] = f"firm {bid['id'][0]}"
    assert lots(north, south, max_wins_per_bidder=1)["winners"] == {"north": "A", "south": "B2"}


def test_what_all_lots_share_is_written_once():
    common = quoted({})
    bids = quoted(FIRST)["bids"]
    del common["bids"]
    result = recompute({**common, "lots": [{"bids": bids}, {"bids": bids, "method": "lowest_final_quote"}]})
    assert result["lots"][0] == recompute({**common, "bids": bids})
    assert result["lots"][1]["ranking"][0]["total"] is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"lots": []}, "lots"),
        ({"lots": {}}, "lots"),
        ({"lots": [1]}, r"lots\[0\], the case"),
        ({"lots": [quoted(FIRST)], "max_wins_per_bidder": 0}, "max_wins"),
        ({"lots": [quoted(FIRST)], "max_wins_per_bidder": "1"}, "max_wins"),
        ({"lots": [{**quoted(FIRST), "lot": "1"}, {**quoted(FIRST), "lot": "1"}]}, "twice"),
        ({"lots": [quoted(FIRST), {**quoted(FIRST), "method": "lottery"}]}, r"lots\[1\], method"),
    ],
)
def test_lots_that_make_no_sense_are_refused(data, message):
    assert lots(quoted(FIRST), max_wins_per_bidder=1)["winners"] == {"1": "A"}
    with pytest.raises(CaseError, match=message):
        recompute(data)
