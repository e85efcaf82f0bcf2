"""Addresses of tendering: a draft belongs to its purchaser and the agency entrusted with it; documents go public."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from tendering import selectors
from tendering.services import inviting, questions, sole
from tests.access.matrix import EVERYONE, SIGNED_IN, Row
from tests.factories import tendering as make

OWN = {"purchaser"}
RUN = {"purchaser", "agency"}


def _draft(cast: Any) -> dict[str, Any]:
    tender = make.complete_draft(cast.purchaser)
    make.entrusted(cast.purchaser, tender, cast.agency)
    return {"tender_id": tender.id}


def _framework(cast: Any) -> dict[str, Any]:
    tender = make.draft(cast.purchaser, make.plan(cast.purchaser, method="framework"))
    make.entrusted(cast.purchaser, tender, cast.agency)
    return {"tender_id": tender.id}


def _competition(cast: Any) -> dict[str, Any]:
    tender = make.draft(cast.purchaser, make.plan(cast.purchaser, method="second_competition"))
    make.entrusted(cast.purchaser, tender, cast.agency)
    return {"tender_id": tender.id}


def _lot(cast: Any) -> dict[str, Any]:
    return {**_draft(cast), "no": "1"}


def _items(cast: Any) -> dict[str, Any]:
    return {**_draft(cast), "lot_no": "1"}


def _item(cast: Any) -> dict[str, Any]:
    return {**_items(cast), "no": "1"}


def _criterion(cast: Any) -> dict[str, Any]:
    return {**_draft(cast), "code": "S1"}


def _document(cast: Any) -> dict[str, Any]:
    tender = make.complete_draft(cast.purchaser)
    make.entrusted(cast.purchaser, tender, cast.agency)
    return {"tender_id": tender.id, "document_id": tender.documents[0].id}


def _published(cast: Any) -> dict[str, Any]:
    return {"tender_id": make.published(cast.purchaser).id}


def _published_document(cast: Any) -> dict[str, Any]:
    tender = make.published(cast.purchaser)
    return {"tender_id": tender.id, "document_id": tender.documents[0].id}


def _ended(cast: Any) -> dict[str, Any]:
    return {"tender_id": make.tender(cast.purchaser, "cancelled").id}


def _question(cast: Any) -> dict[str, Any]:
    tender = make.published(cast.purchaser, agency=cast.agency)
    asked = questions.ask(actor=cast.supplier_a, tender_id=tender.id, text="接口是哪一种？")
    return {"tender_id": tender.id, "question_id": asked.id}


def _plan(cast: Any) -> dict[str, Any]:
    return {"plan_id": make.plan(cast.purchaser).id}


def _called(cast: Any) -> dict[str, Any]:
    """A restricted tender run by an agency that takes applications; one supplier has applied."""
    draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="restricted_tender"))
    make.entrusted(cast.purchaser, draft, cast.agency)
    with override_settings(INDEPENDENT_KEEPERS=True, KEEPERS_NEEDED=2):
        return {"tender_id": inviting.call(actor=cast.purchaser, tender_id=draft.id).id}


def _application(cast: Any) -> dict[str, Any]:
    found = _called(cast)
    paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 x")
    row = inviting.apply(actor=cast.supplier_a, **found, statement="符合资格要求", file=paper)
    return {**found, "application_id": row.id}


def _emergency_draft(cast: Any) -> dict[str, Any]:
    """A draft of an emergency purchase, of which nothing is stated yet."""
    plan = make.plan(cast.purchaser, method="emergency")
    return {"tender_id": make.complete_draft(cast.purchaser, plan).id}


def _sole_draft(cast: Any) -> dict[str, Any]:
    draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="single_source"))
    make.entrusted(cast.purchaser, draft, cast.agency)
    return {"tender_id": draft.id}


def _announced(cast: Any) -> dict[str, Any]:
    """A single-source procedure run by an agency whose notice stands; somebody has objected."""
    found = _sole_draft(cast)
    opinion = {"name": "王示例", "unit": "示例大学", "title": "教授", "opinion": "只能从该供应商处采购。"}
    sole.state_source(
        actor=cast.purchaser, **found, supplier_id=str(cast.supplier_b.org_id), ground="only_supplier",
        reason="须与现有平台配套", opinions=[opinion],
    )  # fmt: skip
    sole.announce(actor=cast.purchaser, **found)
    sole.raise_objection(actor=cast.supplier_a, **found, text="本公司也能提供")
    return found


def _objection(cast: Any) -> dict[str, Any]:
    found = _announced(cast)
    stated = selectors.sole_of(found["tender_id"])
    assert stated is not None
    return {**found, "objection_id": stated.objections[0].id}


FORM = {422}
STATE = {409, 422}
ROWS = [
    Row("tendering:outages"),
    Row("tendering:list", allowed=RUN),
    Row("tendering:draft", _plan, allowed=OWN, method="post"),
    Row("tendering:tender", _draft, allowed=RUN),
    Row("tendering:tender", _published, allowed={"purchaser", "supervisor"}),
    Row("tendering:framework", _framework, allowed=RUN),
    Row("tendering:framework", _framework, allowed=RUN, method="post", accepts=FORM),
    Row("tendering:supplement", _framework, allowed=RUN),
    Row("tendering:supplement", _framework, allowed=RUN, method="post", accepts=FORM),
    Row("tendering:competition", _competition, allowed=RUN),
    Row("tendering:competition", _competition, allowed=RUN, method="post", accepts=FORM),
    Row("tendering:edit", _draft, allowed=RUN),
    Row("tendering:edit", _draft, allowed=RUN, method="post", accepts=FORM),
    Row("tendering:evaluation", _draft, allowed=RUN),
    Row("tendering:lot_new", _draft, allowed=RUN),
    Row("tendering:lot", _lot, allowed=RUN),
    Row("tendering:lot_remove", _lot, allowed=RUN, method="post"),
    Row("tendering:item_new", _items, allowed=RUN),
    Row("tendering:item", _item, allowed=RUN),
    Row("tendering:item_remove", _item, allowed=RUN, method="post"),
    Row("tendering:criterion_new", _draft, allowed=RUN),
    Row("tendering:criterion", _criterion, allowed=RUN),
    Row("tendering:point_rule_new", _draft, allowed=RUN),
    Row("tendering:point_rule", lambda cast: {**_draft(cast), "code": "O1"}, allowed=RUN),
    Row("tendering:criterion_remove", _criterion, allowed=RUN, method="post"),
    Row("tendering:document_new", _draft, allowed=RUN),
    Row("tendering:document", _document, allowed=RUN),
    Row("tendering:document", _published_document, allowed=EVERYONE),
    Row("tendering:document_remove", _document, allowed=RUN, method="post"),
    Row("tendering:admission", _draft, allowed=RUN),
    Row("tendering:agency", _draft, allowed=OWN),
    Row("tendering:document_compose", _draft, allowed=RUN, method="post"),
    Row("tendering:fairness", _draft, allowed=RUN),
    Row("tendering:fairness", _draft, allowed=RUN, method="post", accepts={422}),
    Row("tendering:approval", _draft, allowed=OWN),
    Row("tendering:apply", _called, allowed={"supplier", "outsider_supplier"}),
    Row("tendering:apply", _called, allowed={"supplier", "outsider_supplier"}, method="post", accepts=FORM),
    Row("tendering:applications", _called, allowed=RUN),
    Row("tendering:amend_call", _called, allowed={"purchaser"}),
    Row("tendering:amend_call", _called, allowed={"purchaser"}, method="post", accepts={422}),
    Row(
        "tendering:application",
        _application,
        allowed=RUN,
        method="post",
        data={"verb": "qualify"},
        accepts=STATE,
    ),
    Row("tendering:application_file", _application, allowed=RUN | {"supplier"}),
    Row("tendering:fix_pool", _called, allowed=RUN, method="post", accepts=STATE),
    Row("tendering:fail_call", _called, allowed=OWN, method="post", accepts=STATE | {403, 422}),
    Row("tendering:witness", _called, allowed=OWN, method="post", accepts=STATE),
    Row("tendering:sole", _sole_draft, allowed=RUN),
    Row("tendering:emergency", _emergency_draft, allowed=OWN),
    Row("tendering:emergency", _emergency_draft, allowed=OWN, method="post", accepts=FORM),
    Row("tendering:emergency_file", _emergency_draft, allowed=OWN, accepts={404}),
    Row("tendering:sole", _sole_draft, allowed=RUN, method="post", accepts=FORM),
    Row("tendering:sole_source", _announced, allowed=SIGNED_IN),
    Row("tendering:sole_source", _announced, allowed=SIGNED_IN, method="post", accepts=FORM),
    Row("tendering:objection", _objection, allowed=RUN, method="post", accepts=STATE),
    Row("tendering:negotiate", _announced, allowed=RUN, method="post", accepts=STATE),
    Row("tendering:submit", _draft, allowed=RUN, method="post"),
    Row("tendering:approve", _draft, allowed=OWN, method="post", accepts=STATE),
    Row("tendering:preview", _draft, allowed=RUN),
    Row("tendering:publish", _draft, allowed=RUN, method="post", accepts=STATE),
    Row("tendering:amend", _published, allowed=OWN),
    Row("tendering:amend", _published, allowed=OWN, method="post", accepts=FORM),
    Row("tendering:questions", _published, allowed=EVERYONE),
    Row(
        "tendering:questions",
        _published,
        allowed={"supplier", "outsider_supplier"},
        method="post",
        accepts=FORM,
    ),
    Row("tendering:answer", _question, allowed=RUN),
    Row("tendering:answer", _question, allowed=RUN, method="post", accepts=FORM),
    Row("tendering:again", _ended, allowed=OWN, method="post"),
    Row("tendering:give_up_lots", _ended, allowed=OWN),
    Row("tendering:give_up_lots", _ended, allowed=OWN, method="post", accepts={422}),
    Row("tendering:cancel", _draft, allowed=OWN),
    Row("tendering:cancel", _draft, allowed=OWN, method="post", accepts=FORM),
]
