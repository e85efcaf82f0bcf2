"""Forms of a tender's draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import gettext_noop
from planning.forms import PaperForm, ReasonForm, YuanField, item_choices
from tendering.facts import CriterionFacts, ItemFacts, LotFacts, QuestionFacts, SoleFacts, TenderFacts
from tendering.method_rules import APPROVAL_WORDS
from tendering.methods import Quoting, method_of
from tendering.services.amending import AMENDABLE
from tendering.services.documents import KINDS
from tendering.services.questions import LONGEST
from tendering.states import (
    BLIND_WORDS,
    EVALUATION_WORDS,
    GROUND_WORDS,
    KIND_WORDS,
    OPEN_NAMES,
    SILENCE_WORDS,
    Silence,
)

OPINIONS = 3
"""How many professionals' opinions the form has room for."""
OPINION_PARTS = {
    "name": gettext_noop("name"),
    "unit": gettext_noop("unit"),
    "title": gettext_noop("professional title"),
    "opinion": gettext_noop("opinion"),
}
__all__ = ["ReasonForm"]

_TEXT = {"rows": 5}
_LOCAL = "%Y-%m-%dT%H:%M:%S"


def _choices(words: dict[str, str]) -> list[tuple[str, Any]]:
    return [(str(key), _(word)) for key, word in words.items()]


class InstantField(forms.DateTimeField):
    """An instant in Beijing time."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=_LOCAL)
        super().__init__(widget=widget, input_formats=[_LOCAL, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)


class BasicsForm(forms.Form):
    """What the notice says of the whole tender."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    need = forms.CharField(label=_("Need"), widget=forms.Textarea(attrs={"rows": 8}))
    delivery = forms.CharField(label=_("Delivery: when, where, how"), widget=forms.Textarea(attrs=_TEXT))
    payment = forms.CharField(label=_("Payment"), widget=forms.Textarea(attrs=_TEXT), required=False)
    advance_percent = forms.DecimalField(
        label=_("Advance payment, percent of the contract"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=_("What can be paid before the performance is accepted. Empty: nothing."),
    )
    budget = YuanField(label=_("Budget in yuan"))
    ceiling = YuanField(
        label=_("Ceiling price in yuan"), required=False, help_text=_("A bid above it is invalid.")
    )
    wanted_due_at = InstantField(
        label=_("Bids are due (Beijing time)"),
        required=False,
        help_text=_("Leave empty for the earliest time that the law allows, computed at publication."),
    )
    gathering_seconds = forms.IntegerField(
        label=_("Seconds that the opening waits for the keepers"), min_value=1, max_value=604800
    )
    silence = forms.ChoiceField(
        label=_("If a bidder is silent about an amendment that changes the documents"),
        choices=_choices(SILENCE_WORDS),
        initial=Silence.KEEPS,
        required=False,
        widget=forms.RadioSelect,
        help_text=_(
            "Whoever has bid already confirms such an amendment with a signature or seals a new bid. A bid stays valid "
            "unless the law or the documents say otherwise (财政部令第87号 art. 63), so silence usually keeps it."
        ),
    )

    def clean_silence(self) -> str:
        """Nothing chosen is what the law would have without a word in the documents."""
        return self.cleaned_data["silence"] or Silence.KEEPS

    @classmethod
    def of(cls, tender: TenderFacts, data: Any) -> BasicsForm:
        """Give the form filled in with the draft."""
        names = [*cls.base_fields]
        return cls(data, initial={name: getattr(tender, name) for name in names})


class EvaluationForm(forms.Form):
    """How bids are compared."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    evaluation_method = forms.ChoiceField(label=_("Evaluation method"), choices=[])
    envelopes = forms.ChoiceField(
        label=_("How bids are sealed"),
        choices=[
            ("single", _("In one envelope")),
            ("two", _("Technical part and price in two envelopes")),
        ],
        help_text=_(
            "In two envelopes the panel judges the technical part before anybody can know a price; then only the prices of bids "
            "that passed are opened, and the others stay sealed for good."
        ),
        initial="single",
        required=False,
    )
    blind = forms.ChoiceField(
        label=_("Whose technical part it is"),
        choices=[],
        help_text=_(
            "Blind scoring needs two envelopes: what a price or a name tells is not known before the scores are fixed."
        ),
        required=False,
    )
    price_weight = forms.DecimalField(
        label=_("Points for the price"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    small_micro = forms.CharField(
        label=_("Deduction for small and micro enterprises"),
        help_text=_("A share such as 0.10."),
        max_length=10,
    )
    consortium = forms.CharField(
        label=_("Deduction for consortia with small and micro enterprises"), max_length=10
    )
    domestic = forms.CharField(label=_("Deduction for domestic products"), max_length=10)
    stacking = forms.ChoiceField(
        label=_("Several deductions for one bid"),
        choices=[
            ("additive", _("are added up and taken off the quote")),
            ("multiplicative", _("are taken off one after the other")),
        ],
    )

    @classmethod
    def of(cls, tender: TenderFacts, data: Any) -> EvaluationForm:
        """Give the form filled in with the draft; to choose from is what the procurement method allows."""
        own = {"version": tender.version, "evaluation_method": tender.evaluation_method}
        own |= {"envelopes": "two" if tender.two_envelopes else "single", "blind": tender.blind}
        form = cls(data, initial={**own, "price_weight": tender.price_weight, **tender.deductions})
        method = method_of(tender.method)
        allowed = {str(one): EVALUATION_WORDS[one] for one in method.evaluation}
        form.fields["evaluation_method"].choices = _choices(allowed)  # type: ignore[attr-defined]
        form.fields["blind"].choices = _choices({"": OPEN_NAMES, **BLIND_WORDS})  # type: ignore[attr-defined]
        if method.quoting != Quoting.SEALED or method.one_envelope:
            del form.fields["envelopes"], form.fields["blind"]
        return form

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        shares = {
            name: self.cleaned_data[name] for name in ("small_micro", "consortium", "domestic", "stacking")
        }
        rest = {name: self.cleaned_data[name] for name in ("version", "evaluation_method", "price_weight")}
        chosen = self.cleaned_data.get("envelopes")
        apart = chosen == "two" if chosen else None
        return {**rest, "deductions": shares, "two_envelopes": apart, "blind": self.cleaned_data.get("blind")}


class LotForm(forms.Form):
    """One lot."""

    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    budget = YuanField(label=_("Budget in yuan"))
    ceiling = YuanField(label=_("Ceiling price in yuan"), required=False)
    reserved = forms.BooleanField(label=_("For small and medium-sized enterprises alone"), required=False)

    @classmethod
    def of(cls, lot: LotFacts | None, data: Any) -> LotForm:
        """Give the form, filled in when there is a lot already."""
        return cls(data, initial={name: getattr(lot, name) for name in cls.base_fields} if lot else {})


class ItemForm(forms.Form):
    """One item of a lot."""

    item_key = forms.ChoiceField(label=_("Item of the catalogue"), choices=[])
    name = forms.CharField(label=_("Name"), max_length=200)
    spec = forms.CharField(label=_("Specification"), widget=forms.Textarea(attrs=_TEXT))
    quantity = forms.CharField(label=_("Quantity"), max_length=20)
    unit = forms.CharField(label=_("Unit"), max_length=20)

    def __init__(self, *args: Any, category: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item_key"].choices = item_choices(category)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, item: ItemFacts | None, category: str, data: Any) -> ItemForm:
        """Give the form, filled in when there is an item already."""
        initial = {}
        if item is not None:
            initial = {name: getattr(item, name) for name in ("name", "spec", "unit")}
            initial |= {
                "item_key": f"{item.edition}:{item.code}",
                "quantity": f"{item.quantity.normalize():f}",
            }
        return cls(data, category=category, initial=initial)


class CriterionForm(forms.Form):
    """One criterion."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[])
    name = forms.CharField(label=_("Name"), max_length=200)
    max = forms.DecimalField(
        label=_("Highest score"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=0,
        help_text=_("Zero for qualification and conformity: they are met or not."),
    )
    guide = forms.CharField(
        label=_("How it is judged, or proved"), widget=forms.Textarea(attrs=_TEXT), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _choices(KIND_WORDS)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, row: CriterionFacts | None, data: Any) -> CriterionForm:
        """Give the form, filled in when there is a criterion already."""
        return cls(data, initial={name: getattr(row, name) for name in cls.base_fields} if row else {})


class DocumentForm(forms.Form):
    """One file."""

    kind = forms.ChoiceField(label=_("Kind of document"), choices=[])
    file = forms.FileField(
        label=_("File"), help_text=_("PDF, OFD, Word, Excel, ZIP, text or picture; 50 MiB.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _choices(KINDS)  # type: ignore[attr-defined]


class TermForm(forms.Form):
    """Why a suspect term stays."""

    term = forms.CharField(widget=forms.HiddenInput, strip=False)
    reason = forms.CharField(label=_("Why the purchase needs it"), widget=forms.Textarea(attrs={"rows": 2}))


class ApprovalForm(PaperForm):
    """An approval that a draft rests on."""

    AUTHORITY = _("The finance department of a districted city or above.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, kinds=_choices(APPROVAL_WORDS), **kwargs)


class ApplyForm(forms.Form):
    """An application to be invited."""

    statement = forms.CharField(
        label=_("How the qualifications are met"), widget=forms.Textarea(attrs={"rows": 6}), max_length=5000
    )
    file = forms.FileField(
        label=_("Application with its proofs"),
        help_text=_("PDF, OFD, Word, Excel, ZIP, text or picture; 50 MiB."),
    )


class SoleForm(forms.Form):
    """The one supplier, and why."""

    supplier_id = forms.ChoiceField(label=_("Supplier"), choices=[])
    ground = forms.ChoiceField(label=_("Ground"), choices=[])
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 6}), max_length=5000)

    def __init__(self, *args: Any, suppliers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier_id"].choices = [("", _("Choose a supplier")), *suppliers]  # type: ignore[attr-defined]
        self.fields["ground"].choices = _choices(GROUND_WORDS)  # type: ignore[attr-defined]
        for n in range(1, OPINIONS + 1):
            for name, label in OPINION_PARTS.items():
                self.fields[f"{name}_{n}"] = forms.CharField(
                    label=gettext("Professional %(n)s: %(part)s") % {"n": n, "part": gettext(label)},
                    required=False,
                    max_length=2000 if name == "opinion" else 100,
                    widget=forms.Textarea(attrs={"rows": 3}) if name == "opinion" else forms.TextInput(),
                )

    @classmethod
    def of(cls, sole: SoleFacts | None, suppliers: list[tuple[str, str]], data: Any) -> SoleForm:
        """Give the form filled in with what is stated."""
        initial: dict[str, Any] = {}
        if sole is not None:
            initial = {"supplier_id": str(sole.supplier_id), "ground": sole.ground, "reason": sole.reason}
            for n, row in enumerate(sole.opinions, start=1):
                initial |= {f"{name}_{n}": row[name] for name in OPINION_PARTS}
        return cls(data, suppliers=suppliers, initial=initial)

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        said = self.cleaned_data
        rows = [{name: said[f"{name}_{n}"] for name in OPINION_PARTS} for n in range(1, OPINIONS + 1)]
        return {
            **{name: said[name] for name in ("supplier_id", "ground", "reason")},
            "opinions": [row for row in rows if any(row.values())],
        }


class ObjectionForm(forms.Form):
    """An objection to a single-source notice."""

    text = forms.CharField(label=_("Objection"), widget=forms.Textarea(attrs={"rows": 6}), max_length=5000)


class AgencyForm(forms.Form):
    """Which agency is entrusted."""

    agency_id = forms.TypedChoiceField(label=_("Agency"), choices=[], required=False, empty_value=None)

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency_id"].choices = [("", _("No agency: the purchaser does it itself")), *agencies]  # type: ignore[attr-defined]


class AmendForm(forms.Form):
    """What an amendment changes."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))
    need = forms.CharField(label=_("Need"), widget=forms.Textarea(attrs={"rows": 8}))
    delivery = forms.CharField(label=_("Delivery: when, where, how"), widget=forms.Textarea(attrs=_TEXT))
    payment = forms.CharField(label=_("Payment"), widget=forms.Textarea(attrs=_TEXT), required=False)
    file = forms.FileField(label=_("A further document"), required=False)
    new_due_at = InstantField(
        label=_("Bids are due later (Beijing time)"),
        required=False,
        help_text=_("Never earlier than published."),
    )
    affects_bids = forms.BooleanField(
        label=_("The amendment may affect how bids are made"),
        required=False,
        initial=True,
        help_text=_("Then the deadline moves by itself where too little time would be left."),
    )

    @classmethod
    def of(cls, tender: TenderFacts, data: Any, files: Any) -> AmendForm:
        """Give the form filled in with what is published."""
        texts = {name: getattr(tender, name) for name in AMENDABLE}
        return cls(data, files, initial={**texts, "affects_bids": True})

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        said = self.cleaned_data
        return {
            "reason": said["reason"],
            "texts": {name: said[name] for name in AMENDABLE if said[name] or name != "payment"},
            "file": said["file"],
            "new_due_at": said["new_due_at"],
            "affects_bids": said["affects_bids"],
        }


class AmendCallForm(AmendForm):
    """What an amendment of a prequalification notice changes."""

    change = forms.CharField(
        label=_("What changes in the prequalification documents"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
    )
    file = None  # type: ignore[assignment]
    new_due_at = InstantField(
        label=_("Applications are due later (Beijing time)"),
        required=False,
        help_text=_("Never earlier than published."),
    )
    affects_bids = forms.BooleanField(
        label=_("The amendment may affect how applications are made"),
        required=False,
        initial=True,
        help_text=_("Then the time moves by itself where too little would be left."),
    )
    field_order = ("reason", "change", "need", "delivery", "payment", "new_due_at", "affects_bids")

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        said = self.cleaned_data
        return {
            "reason": said["reason"],
            "change": said["change"],
            "texts": {name: said[name] for name in AMENDABLE if said[name] or name != "payment"},
            "new_due_at": said["new_due_at"],
            "affects": said["affects_bids"],
        }


class AskForm(forms.Form):
    """A supplier's question."""

    text = forms.CharField(
        label=_("Your question"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs=_TEXT),
        error_messages={"required": _("Write your question.")},
        help_text=_("One matter at a time. Do not name your firm."),
    )


class AnswerForm(forms.Form):
    """The answer to a question; the public wording only where all can read it."""

    published_text = forms.CharField(
        label=_("The question as all will read it"), widget=forms.Textarea(attrs=_TEXT), max_length=LONGEST
    )
    answer = forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 8}))
    affects_bids = forms.BooleanField(
        label=_("The answer changes what bids must be"),
        required=False,
        help_text=_(
            "Then it is published as an amendment, and the deadline moves where the law asks for more time."
        ),
    )
    file = forms.FileField(label=_("A further document"), required=False)

    @classmethod
    def of(cls, question: QuestionFacts, data: Any, files: Any, *, amendable: bool) -> AnswerForm:
        """Give the form with what an agency has proposed, and only the fields that fit the question."""
        began = {"published_text": question.published_text or question.text, "answer": question.answer}
        form = cls(data, files, initial={**began, "affects_bids": question.affects_bids})
        unfit = [] if amendable else ["affects_bids", "file"]
        for name in [*unfit, *([] if question.about_documents else ["published_text"])]:
            del form.fields[name]
        return form
