"""The opening hall: both phases bid by bid, verdicts in words, and what to do about keepers that are missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bidding import notices, page, words
from bidding.models import Bid, OpenedBid, Opening, Share
from bidding.sealing import opening as core_opening
from bidding.services import recording
from core import clock
from disclosure.models import Notice, Record
from parties.access import CLOCK, PUBLIC
from parties.models import InboxItem
from tendering.services import progress
from tests.factories import tendering as make
from tests.factories.evaluation import SPRING, client_of

At = Callable[[datetime], None]
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def gathering(cast: Any, at: At, db: None) -> Any:
    """A closed tender whose lot is gathering: one bid has its shares, the other lacks two keepers."""
    at(SPRING)
    tender = make.published(cast.purchaser)
    at(tender.opens_at)
    tender = progress.close(tender_id=tender.id, actor=CLOCK)
    Opening.objects.create(tender_id=tender.id, lot="1", gather_until=clock.now() + timedelta(minutes=5))
    for actor, codes in ((cast.supplier_a, ("", "", "away")), (cast.supplier_b, ("", "away", "withheld"))):
        bid = Bid.objects.create(
            tender_id=tender.id,
            lot="1",
            supplier_id=actor.org_id,
            prepared_by=actor.label,
            status="listed" if codes[1] else "gathered",
            record_hash=actor.org_id.hex * 2,
        )
        for number, code in enumerate(codes, start=1):
            Share.objects.create(bid=bid, keeper=f"K{number}", index=number, verified=not code, code=code)
    return tender


def test_the_hall_shows_which_keeper_is_missing_and_tells_the_host_what_to_do(
    cast: Any, gathering: Any
) -> None:
    shown = page.hall(gathering, PUBLIC)
    (lot,) = shown["lots"]
    assert (lot["enough"], len(lot["rows"]), lot["done"], lot["gathers"]) == (1, 2, 0, True)
    troubles = {row["id"]: row["trouble"]["code"] for row in shown["keepers"] if row["trouble"]}
    assert troubles == {"K2": "away", "K3": "withheld"}  # K3's other silence costs nobody anything
    public = Client(headers=ENGLISH).get(f"/opening/{gathering.id}/").content.decode()
    host = client_of(cast.purchaser, **ENGLISH).get(f"/opening/{gathering.id}/").content.decode()
    assert words.PROOF[0] in public
    for guidance in (words.PROOF[1], words.AWAY[1], "Accept no file, password or recovery kit"):
        assert guidance in host
        assert guidance not in public
    assert 'role="status">' in host
    part = Client(headers={"HX-Request": "true"}).get(f"/opening/{gathering.id}/").content.decode()
    assert 'hx-swap-oob="innerHTML"' in part
    assert "<html" not in part


def test_every_verdict_and_every_code_of_the_format_has_its_words() -> None:
    source = {str(one) for one in core_opening.Outcome} - {"withdrawn", "superseded"}
    assert source == set(notices.VERDICTS)
    codes = {code for code, _outcome in core_opening._OUTCOME_OF.items()}
    assert codes <= set(words.REASONS)
    assert words.reason("opened", "") == ("", "")
    assert words.answer("never-heard-of") == words.OTHER


def test_before_the_close_the_hall_is_empty(cast: Any, at: At, db: None) -> None:
    at(SPRING)
    tender = make.published(cast.purchaser)
    assert page.hall(tender, cast.purchaser)["lots"] == []
    text = client_of(cast.purchaser, **ENGLISH).get(f"/opening/{tender.id}/").content.decode()
    assert "What will happen" in text
    for path in ("minutes", "resolve"):
        assert client_of(cast.purchaser).get(f"/opening/{tender.id}/{path}/").status_code == 404


def test_a_lot_that_fails_beside_others_is_announced_and_its_bidders_are_told(
    cast: Any, gathering: Any
) -> None:
    recording.fail_lots(gathering, ["1"], recording.TOO_FEW_SENT)
    notice = Notice.objects.get(type="failure")
    assert notice.facts["lot"] == "1"
    assert notice.facts["reason"] == recording.TOO_FEW_SENT
    assert '"unsuccessful"' in Record.objects.get().compiled.replace(" ", "")
    for actor in (cast.supplier_a, cast.supplier_b, cast.purchaser):
        assert InboxItem.objects.filter(organisation_id=actor.org_id, key__contains=".failed.").count() == 1
    assert not InboxItem.objects.filter(organisation_id=cast.supplier_c.org_id).exists()
    assert not OpenedBid.objects.exists()
