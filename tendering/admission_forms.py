"""The form of what a tender asks of its bidders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parties.states import EVIDENCE_WORDS
from tendering.facts import Preparer, TenderFacts
from tendering.methods import method_of
from tendering.services.admission import Permitted
from tendering.states import PART_WORDS

PLACES = 4
"""How many who prepared the project the form takes at once, beyond those entered already."""


class AdmissionForm(forms.Form):
    """The evidence that bidders must have, and who prepared the project: a line each, an empty line counts as none."""

    evidence_asked = forms.MultipleChoiceField(
        label=_("Evidence of eligibility that bidders must have"),
        choices=[(str(one), _(word)) for one, word in EVIDENCE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Held in each supplier's register; it must be valid on the deadline for bids."),
    )

    consortia = forms.BooleanField(
        label=_("Suppliers may bid together as a consortium"),
        required=False,
        help_text=_(
            "The law lets suppliers join forces; the documents must say if this purchase cannot take them."
        ),
    )

    prequalified = forms.BooleanField(
        label=_("Suppliers are prequalified before the document is issued"),
        required=False,
        help_text=_(
            "A call for applications comes first; everybody who qualifies is invited, and the rest are told why not."
        ),
    )

    def __init__(
        self,
        *args: Any,
        lines: int,
        lots: list[str],
        consortia: bool,
        subcontracts: bool,
        prequalifies: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not prequalifies:
            del self.fields["prequalified"]
        self.subcontracts = subcontracts
        if not consortia:
            del self.fields["consortia"]
        self.lines, self.lots = lines, lots
        for no in lots:
            self.fields[f"security_{no}"] = forms.CharField(
                label=gettext("Bid security of lot %(lot)s (yuan)") % {"lot": no},
                required=False,
                max_length=20,
                help_text=gettext(
                    "Leave it empty to ask for none. Never in cash: transfer, draft or guarantee."
                ),
            )
            if subcontracts:
                self._permit(no)
        name, code, did = gettext("Name"), gettext("Unified social credit code"), gettext("What it did")
        parts = [("", "—"), *((str(one), _(word)) for one, word in PART_WORDS.items())]
        for n in range(1, lines + 1):
            label = gettext("Prepared the project (%(n)s)") % {"n": n}
            self.fields[f"name_{n}"] = forms.CharField(
                label=f"{label}: {name}", max_length=200, required=False
            )
            self.fields[f"credit_code_{n}"] = forms.CharField(
                label=f"{label}: {code}", max_length=18, required=False
            )
            self.fields[f"part_{n}"] = forms.ChoiceField(
                label=f"{label}: {did}", choices=parts, required=False
            )

    def _permit(self, no: str) -> None:
        named = {"lot": no}
        self.fields[f"subcontract_{no}"] = forms.CharField(
            label=gettext("Lot %(lot)s: may be subcontracted, at most (percent)") % named,
            required=False,
            max_length=10,
            help_text=gettext("Leave it empty if nothing of the lot may be subcontracted."),
        )
        self.fields[f"subcontract_work_{no}"] = forms.CharField(
            label=gettext("Lot %(lot)s: which work may be subcontracted") % named,
            required=False,
            help_text=gettext(
                "Neither the main nor the critical part of it; who takes it on passes nothing on."
            ),
        )
        self.fields[f"subcontract_sme_{no}"] = forms.CharField(
            label=gettext("Lot %(lot)s: must go to SMEs, at least (percent)") % named,
            required=False,
            max_length=10,
            help_text=gettext(
                "Where the plan reserves a share that is subcontracted to SMEs. Leave it empty to ask for none."
            ),
        )

    @classmethod
    def of(cls, tender: TenderFacts, data: Any) -> AdmissionForm:
        """Give the form filled in with the draft."""
        initial: dict[str, Any] = {
            "evidence_asked": list(tender.evidence_asked),
            "consortia": tender.consortia,
            "prequalified": tender.prequalified,
        }
        initial |= {f"security_{no}": str(amount) for no, amount in tender.securities.items()}
        for no, may in tender.subcontracting.items():
            initial |= {f"subcontract_{no}": may.percent, f"subcontract_work_{no}": may.work}
            initial[f"subcontract_sme_{no}"] = may.sme_percent if may.sme else ""
        for n, row in enumerate(tender.preparers, start=1):
            initial |= {f"name_{n}": row.name, f"credit_code_{n}": row.credit_code, f"part_{n}": row.part}
        return cls(
            data,
            initial=initial,
            lines=len(tender.preparers) + PLACES,
            lots=[lot.no for lot in tender.lots],
            consortia=method_of(tender.method).consortia,
            subcontracts=method_of(tender.method).subcontracts,
            prequalifies=method_of(tender.method).prequalifies,
        )

    def arguments(self) -> dict[str, Any]:
        """Give what `services.admission.save` takes; a line with anything in it counts."""
        rows = []
        for n in range(1, self.lines + 1):
            name, code, part = (
                self.cleaned_data.get(f"{one}_{n}", "").strip() for one in ("name", "credit_code", "part")
            )
            if name or code or part:
                rows.append(Preparer(code.upper(), name, part))
        return {
            "evidence_asked": self.cleaned_data["evidence_asked"],
            "consortia": self.cleaned_data.get("consortia", False),
            "prequalified": self.cleaned_data.get("prequalified", False),
            "preparers": rows,
            "securities": {no: self.cleaned_data[f"security_{no}"] for no in self.lots},
            "subcontracting": {
                no: Permitted(
                    self.cleaned_data.get(f"subcontract_{no}", ""),
                    self.cleaned_data.get(f"subcontract_work_{no}", ""),
                    self.cleaned_data.get(f"subcontract_sme_{no}", ""),
                )
                for no in self.lots
            },
        }
