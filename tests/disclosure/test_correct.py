"""A purchaser corrects by hand what a notice of its own says wrong; the first notice stays as it was published."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from disclosure.models import Notice
from disclosure.selectors.notices import newest_id, to_correct_by_hand
from tests.disclosure.test_publish import facts_for

pytestmark = pytest.mark.django_db
OCID = "ocds-213czf-correct"
SAID = {"reason": "录入错误。", "what_1": "中标金额", "before_1": "1100000.00", "after_1": "1010000.00"}


@pytest.fixture
def award(cast: Any, announce: Any) -> Notice:
    announce(type="award", facts=facts_for(cast, "award"), ocid=OCID)
    return Notice.objects.get(type="award")


@pytest.mark.requirement("S002-05")
def test_a_correction_stands_beside_the_notice_with_before_and_after(
    cast: Any, award: Notice, signed_in: Any, client: Any
) -> None:
    page = reverse("portal:correct", args=[award.pk])
    mine = signed_in(cast.purchaser)
    before = (Notice.objects.count(), Entry.objects.count())
    for wrong in ({"reason": " "}, {"after_1": ""}, {"after_1": "1100000.00"}, {"what_2": "日期"}):
        refused = mine.post(page, {**SAID, **wrong})
        assert refused.status_code == 422, wrong
        assert "中标金额" in refused.content.decode(), "nothing typed is lost"
    assert (Notice.objects.count(), Entry.objects.count()) == before
    made = mine.post(page, SAID)
    assert made.status_code == 303
    fresh = Notice.objects.get(type="correction")
    assert (fresh.corrects_id, fresh.version, fresh.ocid) == (award.pk, 2, OCID)
    client.logout()
    shown = client.get(made["Location"]).content.decode()
    for part in (award.title, "1100000.00", "1010000.00", "录入错误。"):
        assert part in shown
    assert award.hash == Notice.objects.get(pk=award.pk).hash
    assert signed_in(cast.purchaser).get(page).status_code == 404, "the newest version is corrected"
    assert newest_id(OCID, ("award", "result_change")) == fresh.pk, "a changed result follows the correction"
    assert [row.pk for row in to_correct_by_hand(OCID)] == [fresh.pk]


def test_only_the_purchaser_of_a_notice_corrects_it_and_not_what_is_amended(
    cast: Any, award: Notice, announce: Any, signed_in: Any
) -> None:
    announce(ocid=OCID)
    tender = Notice.objects.get(type="tender_notice")
    amended = reverse("portal:correct", args=[tender.pk])
    assert signed_in(cast.purchaser).post(amended, SAID).status_code == 404
    page = reverse("portal:correct", args=[award.pk])
    for stranger in (cast.agency, cast.supplier_a, cast.supervisor):
        assert signed_in(stranger).post(page, SAID).status_code == 404
    assert not Notice.objects.filter(type="correction").exists()
    assert signed_in(cast.purchaser).post(page, SAID).status_code == 303
