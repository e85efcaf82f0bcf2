"""The price agreed with a single source: its record, both signatures, the decision."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from core.forms import done
from evaluation import access, page
from evaluation.services import deal_refused, deals
from evaluation.states import DEAL_GLYPHS, DEAL_WORDS, DealStatus
from evaluation.views.manners import back_to, for_programs, to
from parties.access import Request
from planning.forms import ReasonForm
from tendering import access as tenders
from tendering.facts import TenderFacts
from tendering.states import TenderStatus

_TEXT = {"rows": 4}
SAID = ("held_on", "place", "staff", "costs", "terms")


class DealForm(forms.Form):
    """What was negotiated, and a unit price for every item."""

    held_on = forms.DateField(
        label=_("Day of the negotiation"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    place = forms.CharField(label=_("Place"), max_length=200)
    staff = forms.CharField(label=_("Who negotiated for the purchaser"), max_length=300)
    costs = forms.CharField(
        label=_("What the supplier showed: costs, prices of like contracts, patents"),
        widget=forms.Textarea(attrs=_TEXT),
    )
    terms = forms.CharField(
        label=_("Main terms agreed, and how the price was agreed"), widget=forms.Textarea(attrs=_TEXT)
    )

    def __init__(self, *args: Any, tender: TenderFacts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for lot in tender.lots:
            for item in lot.items:
                self.fields[f"price_{lot.no}-{item.no}"] = forms.CharField(
                    label=gettext("Unit price of %(item)s in yuan") % {"item": item.name},
                    max_length=30,
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                )

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        said = self.cleaned_data
        prices = {name.removeprefix("price_"): said[name] for name in said if name.startswith("price_")}
        return {**{name: said[name] for name in SAID}, "prices": prices}


@require_http_methods(["GET", "HEAD", "POST"])
def deal(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """The record of the negotiation: written by who runs it, read and signed by both sides."""
    tender = access.deal_to_read(request.actor, tender_id)
    hosting = access.hosts(request.actor, tender)
    if request.method == "POST":
        tenders.tender_to_manage(request.actor, tender_id)
    found = deals.deal_of(tender_id)
    form = DealForm(request.POST or None, tender=tender, initial=_initial(found))
    if done(form, lambda: deals.write(actor=request.actor, tender_id=tender_id, **form.arguments())):
        messages.success(request, gettext("The record is written; both sides sign it now."))
        return to("evaluation:deal", tender_id)
    owns = request.actor.org_id == tender.purchaser_id
    context = {
        "tender": tender,
        "deal": found,
        "word": gettext(DEAL_WORDS[found.status]) if found else "",
        "glyph": DEAL_GLYPHS[found.status] if found else "",
        "rows": _rows(tender, found) if found else [],
        "sign": _signable(request, tender, found),
        "decision": page.signable(deals.decision_of(found), deals.purpose_of(tender_id, "deal-award"))
        if found and owns and found.status == DealStatus.SIGNED
        else None,
        "refused": owns and deal_refused.is_refused(found),
        "set_aside_form": ReasonForm(),
        "writing": hosting and tender.status == TenderStatus.NEGOTIATING,
        "form": form,
    }
    if for_programs(request):
        names = ("sign", "decision")
        contract = str(found.contract_id) if found and found.contract_id else None
        return JsonResponse({**{name: context[name] for name in names}, "contract": contract})
    return render(request, "evaluation/deal.html", context, status=422 if form.errors else 200)


def _initial(found: Any) -> dict[str, Any]:
    if found is None:
        return {}
    said = {name: getattr(found, name) for name in SAID}
    prices = {f"price_{row['lot']}-{row['item']}": row["unit_price"] for row in found.prices}
    return {**said, **prices}


def _rows(tender: TenderFacts, found: Any) -> list[dict[str, Any]]:
    prices = {(row["lot"], row["item"]): row["unit_price"] for row in found.prices}
    return [
        {"item": item, "price": prices.get((lot.no, item.no), "—")}
        for lot in tender.lots
        for item in lot.items
    ]


def _signable(request: Request, tender: TenderFacts, found: Any) -> dict[str, str] | None:
    if found is None or found.status != DealStatus.RECORDED:
        return None
    supplier = request.actor.org_id == found.supplier_id
    side = deals.SUPPLIER if supplier else deals.PURCHASER
    if side in found.signatures or not (supplier or request.actor.org_id == tender.purchaser_id):
        return None
    return {"payload_hash": found.digest, "purpose": deals.purpose_of(tender.id, "deal")}


@require_POST
@back_to("evaluation:deal")
def sign(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Sign the record for one's side."""
    deals.sign(actor=request.actor, tender_id=tender_id, credential=request.POST.get("credential", ""))
    return to("evaluation:deal", tender_id)


@require_POST
@back_to("evaluation:deal")
def set_aside(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Set aside the deal whose contract a side refuses, so that it can be negotiated again."""
    access.tender_to_award(request.actor, tender_id)
    deal_refused.set_aside(actor=request.actor, tender_id=tender_id, reason=request.POST.get("reason", ""))
    messages.success(request, gettext("The deal is set aside. Negotiate again, or end the procedure."))
    return to("evaluation:deal", tender_id)


@require_POST
@back_to("evaluation:deal")
def decide(request: Request, tender_id: uuid.UUID) -> HttpResponse:
    """Decide with one touch: notice, contract, letter."""
    access.tender_to_award(request.actor, tender_id)
    deals.decide(actor=request.actor, tender_id=tender_id, credential=request.POST.get("credential", ""))
    return to("evaluation:deal", tender_id)
