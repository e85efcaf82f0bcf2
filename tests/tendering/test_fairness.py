"""Terms that may discriminate: found with their place and citation, reworded or explained before the notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Invalid
from core.law.discriminatory import suspects as kinds
from core.law.discriminatory import terms_in
from disclosure.models import Notice
from tendering import services as tendering
from tendering.fair_rules import discrimination, suspects
from tendering.services import drafting
from tendering.services.approvals import explain_term
from tendering.services.publishing import NotReady
from tests.factories import tendering as make
from tests.tendering.test_check import AROUND, GOOD, LOT, criterion, law


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("具有本市同类项目业绩的得 5 分", 4),
        ("近三年获得浙江省级奖项；杭州市内业绩加分", 4),
        ("具有公安行业业绩", 4),
        ("供应商注册地须在本市", 7),
        ("须在本地设有分支机构", 7),
        ("仅限国有企业参加", 7),
        ("指定使用甲牌专利", 6),
        ("品牌：某某", 6),
        ("提供独家代理证明", 3),
        ("注册资本不低于 1000 万元", 8),
        ("提供制造商授权书", 8),
        ("成立时间满三年", 8),
        ("须为备选库内的供应商", 8),
    ],
)
def test_each_kind_of_term_is_named_with_its_case_and_citation(text: str, case: int) -> None:
    hits = terms_in(text)
    assert case in {hit.suspect.case for hit in hits}
    assert all(hit.term in text and hit.suspect.citation for hit in hits)


@pytest.mark.parametrize(
    "text",
    [
        "主机 16 核，内存 32 GB，三年上门保修，合同签订后 30 日内送达。",
        "具备《政府采购法》第二十二条第一款规定的条件；提供财务会计报告。",
        "供应商近三年同类项目业绩，每个得 2 分，最高 10 分。",
        "投标报价不超过最高限价；质保期不少于三年。",
    ],
)
def test_ordinary_requirements_are_not_named(text: str) -> None:
    assert terms_in(text) == []


def test_every_kind_has_a_citation_and_is_no_surer_than_its_source() -> None:
    assert {kind.case for kind in kinds()} == {3, 4, 6, 7, 8}
    for kind in kinds():
        assert ("实施条例" in kind.citation) == (str(kind.certainty) == "full text")


def test_terms_are_found_in_every_part_of_a_draft() -> None:
    bad = "制造商授权"
    (item,) = LOT.items
    drafts = {
        "basics": replace(GOOD, need=bad),
        "item": replace(GOOD, lots=(replace(LOT, items=(replace(item, spec=bad),)),)),
        "lot": replace(GOOD, lots=(replace(LOT, title=bad),)),
        "criterion": replace(GOOD, criteria=(replace(criterion("Q1", "qualification"), guide=bad),)),
    }
    for part, draft in drafts.items():
        assert [found.part for found in suspects(draft)] == [part]
        (issue,) = discrimination(draft, law(), AROUND)
        assert (issue.code, issue.blocking, issue.facts["term"]) == ("discriminatory-term", True, bad)
    assert list(discrimination(replace(drafts["item"], explained={bad: "法定"}), law(), AROUND)) == []


@pytest.mark.django_db
@pytest.mark.requirement("S001-07")
def test_nothing_is_published_before_each_term_is_reworded_or_explained(cast: Any, signed_in: Any) -> None:
    tender = make.complete_draft(cast.purchaser)
    who = {"actor": cast.purchaser, "tender_id": tender.id}
    for name in ("须在本市设有分公司", "提供制造商授权书"):
        drafting.save_criterion(**who, name=name, kind="qualification")

    def stops() -> list[str]:
        with pytest.raises(NotReady) as why:
            tendering.publish(**who)
        assert not Notice.objects.exists()
        return list(why.value.facts["issues"])

    assert stops() == ["discriminatory-term"] * 2
    client, page = signed_in(cast.purchaser), reverse("tendering:fairness", args=[tender.id])
    shown = client.get(page).content.decode()
    assert "非法限定供应商的所在地" in shown
    assert "第二十条第七项" in shown
    answer = client.post(page, {"term": "制造商授权", "reason": " "})
    assert answer.status_code == 422
    with pytest.raises(Invalid):
        explain_term(**who, term="没有这个词", reason="x")
    assert not Entry.objects.filter(verb="explain_term").exists()

    assert client.post(page, {"term": "制造商授权", "reason": "医疗器械经营须经授权。"}).status_code == 303
    assert stops() == ["discriminatory-term"]
    local = next(row for row in make.tender_facts(tender.id).criteria if "分公司" in row.name)
    drafting.remove_criterion(**who, code=local.id)
    assert tendering.publish(**who).status == "open"
