"""Say early what will be bought, or why not: the intention, its exceptions, and what the public sees of both."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Conflict, Invalid, WrongState
from core.workdays import beijing_date
from disclosure.models import Notice
from planning import selectors, services
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
WHY = {"kind": "unforeseen", "reason": "台风损坏机房，须立即更换设备。"}


@pytest.fixture(autouse=True)
def independent_keepers(settings: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2


def test_the_notice_may_follow_from_the_thirtieth_day(cast: Any, at: Any, signed_in: Any) -> None:
    at(DAY)
    plan = services.publish_intention(actor=cast.purchaser, plan_id=make.plan(cast.purchaser).id)
    law = selectors.law_now(plan, "", DAY)
    assert selectors.intention_lasts(plan, law) == date(2026, 10, 1)
    page = signed_in(cast.purchaser).get(reverse("planning:plan", args=[plan.id])).content.decode()
    assert "2026年10月1日" in page
    assert "财库〔2020〕10号" in page


def test_what_is_intended_stands_in_public_until_it_is_announced(cast: Any, at: Any, client: Any) -> None:
    at(DAY)
    filed = make.plan(cast.purchaser, title="消防车采购", title_en="Fire engines")
    soon = make.plan(cast.purchaser, expected_on=date(2026, 10, 5))
    for plan in (filed, soon):
        services.publish_intention(actor=cast.purchaser, plan_id=plan.id)
    shown = client.get(reverse("portal:intentions")).content.decode()
    assert shown.index(soon.title) < shown.index("消防车采购"), "what is expected sooner stands first"
    assert "消防车采购" in client.get(reverse("portal:notices_atom"), {"type": "intention"}).content.decode()

    make.published(cast.purchaser, filed)
    assert "消防车采购" not in client.get(reverse("portal:intentions")).content.decode()
    assert "消防车采购" in client.get(reverse("portal:notices"), {"type": "intention"}).content.decode()


def test_a_reason_is_published_with_the_notice_and_cannot_come_after_it(
    cast: Any, at: Any, signed_in: Any
) -> None:
    at(DAY)
    filed = make.plan(cast.purchaser)
    client = signed_in(cast.purchaser)
    answer = client.post(reverse("planning:exempt", args=[filed.id]), {**WHY, "reason": " "})
    assert answer.status_code == 422
    with pytest.raises(Invalid) as refused:
        services.exempt_intention(actor=cast.purchaser, plan_id=filed.id, kind="lazy", reason="x")
    assert set(refused.value.errors) == {"kind"}
    assert not Entry.objects.filter(verb="exempt_intention").exists()

    assert client.post(reverse("planning:exempt", args=[filed.id]), WHY).status_code == 303
    begun = make.published(cast.purchaser, filed)
    told = str(Notice.objects.get(pk=begun.notice_id).sections)
    assert WHY["reason"] in told
    assert beijing_date(begun.published_at) == beijing_date(DAY)

    for act in (
        lambda: services.exempt_intention(
            actor=cast.purchaser, plan_id=filed.id, kind="unforeseen", reason="换"
        ),
        lambda: services.publish_intention(actor=cast.purchaser, plan_id=filed.id),
    ):
        with pytest.raises(Conflict):
            act()
    assert selectors.plan_facts(filed.id).intention_reason == WHY["reason"]


def test_a_withdrawn_plan_intends_nothing(cast: Any) -> None:
    plan = make.plan(cast.purchaser)
    services.withdraw_plan(actor=cast.purchaser, plan_id=plan.id, reason="需求取消")
    with pytest.raises(WrongState):
        services.publish_intention(actor=cast.purchaser, plan_id=plan.id)
    assert not Notice.objects.exists()
