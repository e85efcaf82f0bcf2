"""The pages: from an empty desk to a public notice with plain forms, input kept when something is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from core.audit.models import Entry
from disclosure.models import Notice, Release
from planning.selectors import budget_lines_of, plans_of
from tendering.models import Download
from tendering.page import checklist
from tendering.selectors import law_of, tender_facts, tender_of_plan
from tendering.services import drafting
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
VALIDATE = Path(__file__).parents[2] / ".." / "shared" / "ocds" / "validate.sh"


def post(client: Any, view: str, /, *args: Any, expect: int = 303, **data: Any) -> Any:
    response = client.post(reverse(view, args=args), data)
    assert response.status_code == expect, response.content.decode()[:3000]
    return response


def page(client: Any, name: str, *args: Any) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def issues(text: str) -> set[str]:
    return set(re.findall(r'data-issue="([a-z-]+)"', text))


@pytest.mark.requirement("S004-25")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_purchaser_goes_from_budget_to_notice_with_plain_forms(
    cast: Any, signed_in: Any, language: str
) -> None:
    make.keepers()
    client = signed_in(cast.purchaser)
    client.cookies["django_language"] = language
    post(client, "planning:line_new", code="2026-01", name="教学设备", fiscal_year=2026, category="goods",
         item_key=make.LAPTOPS, amount="1,200,000.00")  # fmt: skip
    (line,) = budget_lines_of(cast.purchaser.org_id)

    prefilled = page(client, "planning:plan_new", line.id)
    assert 'value="1200000.00"' in prefilled
    assert f'value="{make.LAPTOPS}" selected' in prefilled
    assert 'value="教学设备"' in prefilled
    post(client, "planning:plan_new", line.id, title="教学电脑", item_key=make.LAPTOPS, quantity="200", unit="台",
         method="open_tender", need="200 台", amount="1000000.00", expected_on="2026-12-31")  # fmt: skip
    (plan,) = plans_of(cast.purchaser.org_id)
    assert plan.filing_no in page(client, "planning:plan", plan.id)
    post(client, "planning:intention", plan.id)
    post(client, "tendering:draft", plan.id)
    tender_id = tender_of_plan(plan.id)
    assert tender_id is not None

    begun = page(client, "tendering:tender", tender_id)
    assert issues(begun) == {
        "no-delivery",
        "scores-do-not-add-up",
        "no-document",
        "intention-too-late",
        "reservation-undecided",
    }
    assert reverse("tendering:document_new", args=[tender_id]) in begun
    tender = tender_facts(tender_id)
    post(client, "tendering:edit", tender_id, version=tender.version, title=tender.title, need=tender.need,
         delivery="三十日内", budget="1000000", ceiling="", gathering_seconds=60)  # fmt: skip
    for name, kind, points in (("技术方案", "subjective", "50"), ("服务", "objective", "20")):
        post(
            client, "tendering:criterion_new", tender_id, name=name, kind=kind, max=points, guide="按响应程度"
        )
    post(client, "tendering:document_new", tender_id, kind="biddingDocuments",
         file=SimpleUploadedFile("招标文件.pdf", b"%PDF"))  # fmt: skip
    assert issues(page(client, "tendering:tender", tender_id)) == {
        "intention-too-late",
        "reservation-undecided",
    }

    preview = page(client, "tendering:preview", tender_id)
    assert reverse("tendering:publish", args=[tender_id]) in preview
    assert "三十日内" in preview
    post(client, "tendering:publish", tender_id)
    tender = tender_facts(tender_id)
    assert tender.status == "open"
    shown = page(client, "tendering:tender", tender_id)
    assert reverse("portal:notice", args=[tender.notice_id]) in shown
    assert "教学电脑" in page(client, "tendering:list")
    assert client.get(reverse("portal:notice", args=[tender.notice_id])).status_code == 200


def test_what_was_typed_stays_when_something_is_wrong(cast: Any, signed_in: Any) -> None:
    client = signed_in(cast.purchaser)
    line = make.budget_line(cast.purchaser, "1000.00")
    answer = post(client, "planning:plan_new", line.id, expect=422, title="我的标题", item_key=make.LAPTOPS,
                  quantity="1",
                  method="open_tender", need="需求", amount="1000.01", expected_on="2026-12-31").content.decode()  # fmt: skip
    assert 'value="我的标题"' in answer
    assert 'value="1000.01"' in answer
    assert "error-summary" in answer
    assert not plans_of(cast.purchaser.org_id)


def test_somebody_elses_change_is_not_overwritten_and_the_text_is_kept(cast: Any, signed_in: Any) -> None:
    client = signed_in(cast.purchaser)
    tender = make.draft(cast.purchaser)
    drafting.save_lot(actor=cast.purchaser, tender_id=tender.id, no="1", title="新", budget=tender.budget)
    answer = post(client, "tendering:edit", tender.id, expect=422, version=tender.version, title="迟到的标题",
                  need="x", delivery="y", budget="1", gathering_seconds=60).content.decode()  # fmt: skip
    assert 'value="迟到的标题"' in answer
    assert tender_facts(tender.id).title == tender.title


def test_publishing_too_early_is_answered_with_what_is_missing(cast: Any, signed_in: Any) -> None:
    make.keepers()
    client = signed_in(cast.purchaser)
    tender = make.draft(cast.purchaser)
    response = client.post(
        reverse("tendering:publish", args=[tender.id]), headers={"accept": "application/json"}
    )
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert "no-document" in response.json()["issues"]
    assert not Notice.objects.exists()


def test_a_published_document_is_anybodys_and_comes_as_an_attachment(cast: Any, client: Any) -> None:
    tender = make.published(cast.purchaser)
    document = tender.documents[0]
    response = client.get(reverse("tendering:document", args=[tender.id, document.id]))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"%PDF-1.7 example"
    response.close()
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["ETag"] == f'"{document.sha256}"'


def test_who_fetched_the_documents_is_logged_and_told_after_the_deadline_only(
    cast: Any, signed_in: Any, at: Any
) -> None:
    tender = make.published(cast.purchaser)
    path = reverse("tendering:document", args=[tender.id, tender.documents[0].id])
    before = Entry.objects.count()
    for who in (cast.supplier_a, cast.supplier_a, cast.purchaser):
        response = signed_in(who).get(path)
        assert b"".join(response.streaming_content)
    assert Entry.objects.count() == before, "no chain tells who is interested"
    page = reverse("tendering:tender", args=[tender.id])
    assert cast.supplier_a.org_name not in signed_in(cast.purchaser).get(page).content.decode()
    at(tender.bids_due_at - timedelta(seconds=1))
    assert cast.supplier_a.org_name not in signed_in(cast.purchaser).get(page).content.decode()
    at(tender.bids_due_at)
    for reader in (cast.purchaser, cast.supervisor):
        shown = signed_in(reader).get(page).content.decode()
        assert cast.supplier_a.org_name in shown
        assert cast.supplier_b.org_name not in shown
    (row,) = Download.objects.all()
    assert row.times == 2


def test_a_supplier_amends_and_cancels_nothing(cast: Any, signed_in: Any) -> None:
    tender = make.published(cast.purchaser)
    client = signed_in(cast.supplier_a)
    for name in ("tendering:amend", "tendering:cancel"):
        response = client.post(reverse(name, args=[tender.id]), {"reason": "x", "need": "y", "delivery": "z"})
        assert response.status_code == 404
    assert tender_facts(tender.id) == tender


def test_the_purchaser_amends_and_cancels_with_forms(cast: Any, signed_in: Any) -> None:
    tender = make.published(cast.purchaser)
    client = signed_in(cast.purchaser)
    post(client, "tendering:amend", tender.id, reason="调整", need=tender.need, delivery="四十五日内",
         payment=tender.payment, affects_bids="on", file=SimpleUploadedFile("澄清.pdf", b"%PDF"))  # fmt: skip
    now = tender_facts(tender.id)
    assert [change[0] for change in now.amendments[0].changes] == ["Delivery", "Document"]
    assert "四十五日内" in page(client, "tendering:tender", tender.id)
    post(client, "tendering:cancel", tender.id, expect=422, reason="")
    post(client, "tendering:cancel", tender.id, reason="任务取消")
    assert tender_facts(tender.id).status == "cancelled"


@pytest.mark.skipif(not VALIDATE.exists(), reason="the folder ../shared is not beside the repository")
def test_what_is_released_is_valid_open_data(cast: Any, at: Any, tmp_path: Path) -> None:
    from planning.services import publish_intention
    from tendering.services import amend, cancel

    plan = make.plan(cast.purchaser)
    publish_intention(actor=cast.purchaser, plan_id=plan.id)
    tender = make.published(cast.purchaser, plan)
    amend(actor=cast.purchaser, tender_id=tender.id, reason="调整", texts={"need": "改为 210 台"})
    cancel(actor=cast.purchaser, tender_id=tender.id, reason="任务取消")
    releases = [json.loads(row.body) for row in Release.objects.order_by("seq")]
    package = {
        "uri": "https://example.org/package", "version": "1.1", "publishedDate": "2026-11-21T00:00:00+08:00",
        "publisher": {"name": "Mingcai"}, "releases": releases, "extensions": [],
    }  # fmt: skip
    file = tmp_path / "package.json"
    file.write_text(json.dumps(package))
    done = subprocess.run(
        [str(VALIDATE.resolve()), "--local", "--ext", "all", str(file)],
        capture_output=True,
        text=True,
        env={**os.environ, "OCDS_PYTHON": sys.executable},
    )
    assert [row["tag"] for row in releases] == [
        ["planning"],
        ["tender"],
        ["tenderAmendment"],
        ["tenderCancellation"],
    ]
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_rule_pinned_to_a_tender_is_called_by_its_title(cast: Any, language: str) -> None:
    tender = make.published(cast.purchaser)
    with override(language):
        names = [row["name"] for row in checklist(tender, law_of(tender.id))]
    assert names
    assert not [name for name in names if re.match(r"[A-Z]-\d\d", name)]
