"""Forms of planning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.money import BadMoney, Yuan
from disclosure.states import METHODS
from planning import catalogue
from planning.clauses import FIELDS
from planning.facts import RequirementFacts
from planning.guide import Edition
from planning.states import (
    CATEGORY_WORDS,
    ENTRUSTED,
    EXEMPTIONS,
    FEE_WORDS,
    PAYERS,
    PLANNED,
    RESERVE_WORDS,
    SCOPES,
    SIDES,
    SOURCES,
    SUPPORT_WORDS,
    Category,
)


class YuanField(forms.CharField):
    """An amount in yuan; separators are forgiven, anything finer than a fen is not."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").replace(",", "").replace("，", "").strip()
        if not text:
            return None
        try:
            return Yuan(text)
        except BadMoney:
            raise forms.ValidationError(_("Give an amount in yuan, such as 1234.50.")) from None

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Yuan) else value


def _words(table: dict[Any, str]) -> list[tuple[str, Any]]:
    return [(str(key), _(word)) for key, word in table.items()]


def item_choices(category: str = "") -> list[tuple[str, Any]]:
    """Give the catalogue's rows for a select, with an empty first one."""
    return [("", _("Choose an item")), *catalogue.choices(category)]


class LineForm(forms.Form):
    """A budget line."""

    code = forms.CharField(label=_("Code of the budget line"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=200)
    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=2000, max_value=2100)
    category = forms.ChoiceField(label=_("Category"), choices=[])
    item_key = forms.ChoiceField(label=_("Item of the catalogue"), choices=[], required=False)
    funding = forms.CharField(label=_("Source of funds"), max_length=100, required=False)
    amount = YuanField(label=_("Amount in yuan"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = _words(CATEGORY_WORDS)  # type: ignore[attr-defined]
        self.fields["item_key"].choices = item_choices()  # type: ignore[attr-defined]


class AdjustForm(forms.Form):
    """An addition to a budget line, or an adjustment."""

    delta = YuanField(label=_("Change in yuan"), help_text=_("A reduction has a minus sign."))
    reason = forms.CharField(label=_("Reason"), max_length=300)
    document_no = forms.CharField(label=_("Number of the approval"), max_length=100, required=False)


class PlanForm(forms.Form):
    """A plan drawn from a budget line: what the line knows is filled in already."""

    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    method = forms.ChoiceField(
        label=_("Procurement method"),
        choices=[],
        initial=PLANNED[0],
        help_text=_("What the law asks for it stands in the draft, with its citation."),
    )
    item_key = forms.ChoiceField(label=_("Item of the catalogue"), choices=[])
    quantity = forms.CharField(label=_("Quantity"), max_length=30, initial="1")
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    need = forms.CharField(label=_("Need"), widget=forms.Textarea(attrs={"rows": 6}))
    amount = YuanField(label=_("Amount in yuan"))
    expected_on = forms.DateField(
        label=_("Expected date of the procurement"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    unbudgeted = forms.BooleanField(
        label=_("Not in this year's approved budget"),
        required=False,
        help_text=_("Some places then ask for decisions of their own before the procurement starts."),
    )
    public_service = forms.BooleanField(
        label=_("Bought as a public service"),
        required=False,
        help_text=_("Services that the government provides to the public."),
    )
    guide_code = forms.ChoiceField(
        label=_("Entry of the guiding catalogue"),
        choices=[],
        required=False,
        help_text=_("For what is bought as a public service; the plan keeps the edition that holds today."),
    )

    def __init__(self, *args: Any, category: str, edition: Edition | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if category != Category.SERVICES:
            del self.fields["public_service"]
        if category != Category.SERVICES or edition is None:
            del self.fields["guide_code"]
        else:
            self.fields["guide_code"].choices = [  # type: ignore[attr-defined]
                ("", gettext("Choose an entry")),
                *((one.code, f"{one.code} {one.content}") for one in edition.leaves if not one.barred),
            ]
        self.fields["item_key"].choices = item_choices(category)  # type: ignore[attr-defined]
        self.fields["method"].choices = [(code, _(METHODS[code][1])) for code in PLANNED]  # type: ignore[attr-defined]


class ExemptionForm(forms.Form):
    """Why no intention is published, or not in time."""

    kind = forms.ChoiceField(label=_("Case"), choices=[])
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is published with the procurement notice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _words(EXEMPTIONS)  # type: ignore[attr-defined]


class EntrustmentForm(forms.Form):
    """The terms of an agreement with an agency."""

    agency_id = forms.ChoiceField(label=_("Agency"), choices=[])
    scope = forms.MultipleChoiceField(
        label=_("What the agency is entrusted with"), choices=[], widget=forms.CheckboxSelectMultiple
    )
    authority = forms.CharField(
        label=_("Authority of the agency"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How far the agency may act on its own, and what it asks the purchaser first."),
    )
    ends_on = forms.DateField(
        label=_("Last day of the agreement"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    publisher_notice = forms.ChoiceField(
        label=_("Who publishes the procurement notice, its documents and the budget"), choices=[]
    )
    publisher_single_source = forms.ChoiceField(label=_("Who publishes a single-source notice"), choices=[])
    publisher_contract = forms.ChoiceField(
        label=_("Who publishes the contract"),
        choices=[],
        initial="purchaser",
        help_text=_(
            "Result, agency fee, corrections, requirements and acceptance follow from acts of the purchaser and are its own."
        ),
    )
    fee = forms.ChoiceField(label=_("Agency fee"), choices=[])
    factor = forms.DecimalField(
        label=_("Factor on the scale"), max_digits=5, decimal_places=4, required=False, initial=Decimal(1),
        help_text=_("1 is the scale itself, 0.8 is eighty percent of it."),
    )  # fmt: skip
    fee_amount = YuanField(label=_("Agreed amount in yuan"), required=False)
    payer = forms.ChoiceField(label=_("Paid by"), choices=[])

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tables = {"fee": FEE_WORDS, "payer": PAYERS, "scope": SCOPES}
        tables |= {f"publisher_{item}": SIDES for item in ENTRUSTED}
        for name, table in tables.items():
            self.fields[name].choices = _words(table)  # type: ignore[attr-defined]
        self.fields["agency_id"].choices = [("", _("Choose an agency")), *agencies]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of `services.entrusting.offer`, the plan's and the actor's apart."""
        data = dict(self.cleaned_data)
        data["publishers"] = {item: data.pop(f"publisher_{item}") for item in ENTRUSTED}
        return {**data, "agency_id": UUID(data["agency_id"]), "factor": data["factor"] or Decimal(1)}


class ReserveForm(forms.Form):
    """How a plan is reserved for small and medium-sized enterprises."""

    form = forms.ChoiceField(label=_("How it is reserved"), choices=[])
    amount = YuanField(
        label=_("Reserved for SMEs, in yuan"),
        required=False,
        help_text=_("Empty where it is reserved as a whole."),
    )
    small_micro = YuanField(label=_("Of it for small and micro enterprises, in yuan"), required=False)
    reason = forms.CharField(
        label=_("Why it is not suitable"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = _words(RESERVE_WORDS)  # type: ignore[attr-defined]


class SupportForm(forms.Form):
    """How public money supports a service."""

    form = forms.ChoiceField(label=_("How public money supports it"), choices=[])
    project_total = YuanField(
        label=_("Total of the project, in yuan"),
        required=False,
        help_text=_("For a subsidy: what the whole project costs; the plan is the subsidy."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = _words(SUPPORT_WORDS)  # type: ignore[attr-defined]


class ModeForm(forms.Form):
    """Another mode of buying, and why."""

    mode = forms.ChoiceField(label=_("Mode of buying"), choices=[], widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why the market lacks competition"), widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, modes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].choices = modes  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    """An approval or a decision on paper; `AUTHORITY` says who can give it."""

    AUTHORITY: Any = ""
    kind = forms.ChoiceField(label=_("What is approved"), choices=[])
    number = forms.CharField(label=_("Number of the approval"), max_length=100)
    authority = forms.CharField(label=_("Authority"), max_length=200)
    decided_on = forms.DateField(
        label=_("Date of the approval"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    file = forms.FileField(label=_("Paper of the approval"))

    def __init__(self, *args: Any, kinds: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list(kinds)  # type: ignore[attr-defined]
        self.fields["authority"].help_text = self.AUTHORITY


class ModePaperForm(PaperForm):
    """An approval or decision that another mode of buying rests on."""

    AUTHORITY = _("The finance bureau or the government of the district.")


class ModeResultForm(forms.Form):
    """What a purchase in another mode came to."""

    name = forms.CharField(label=_("Supplier"), max_length=200)
    credit_code = forms.CharField(label=_("Unified social credit code"), max_length=18)
    address = forms.CharField(label=_("Address"), max_length=300)
    amount = YuanField(label=_("Amount, in yuan"))
    agreed = forms.CharField(
        label=_("What is agreed"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Time, scope, content, requirements of the service, payment, liability for breach."),
    )


PRODUCT_ROWS, OPINION_ROWS = 3, 5
"""How many imported products and opinions the form has room for."""


class ImportForm(forms.Form):
    """The imported products of a plan, what professionals say, and until when the public may object."""

    objections_until = forms.DateTimeField(
        label=_("Objections are taken until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts = {
            "product": (
                PRODUCT_ROWS,
                {"name": _("Imported product"), "quantity": _("Quantity"), "reason": _("Reason")},
            ),
            "opinion": (
                OPINION_ROWS,
                {
                    "name": _("Name"),
                    "unit": _("Unit of work"),
                    "title": _("Professional title"),
                    "opinion": _("Opinion"),
                },
            ),
        }
        for kind, (count, labels) in parts.items():
            for n in range(1, count + 1):
                for name, label in labels.items():
                    self.fields[f"{kind}_{n}_{name}"] = forms.CharField(
                        label=label, max_length=1000, required=False
                    )

    def rows(self, kind: str) -> list[list[forms.BoundField]]:
        """Give the fields of `product` or `opinion`, row by row."""
        found: dict[str, list[forms.BoundField]] = {}
        for name in self.fields:
            if name.startswith(f"{kind}_"):
                found.setdefault(name.split("_")[1], []).append(self[name])
        return list(found.values())

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of `services.importing.announce_imports`, the plan's and the actor's apart."""
        said = self.cleaned_data
        tables = {
            f"{kind}s": [
                {bound.name.split("_")[2]: said[bound.name] for bound in row} for row in self.rows(kind)
            ]
            for kind in ("product", "opinion")
        }
        return {**tables, "objections_until": said["objections_until"]}


ASKED_ROWS = 5
"""How many sources of the market research the form has room for."""


class RequirementForm(forms.Form):
    """What the purchase has to achieve, and what the market was asked."""

    outcome = forms.CharField(
        label=_("What the purchase has to achieve"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Functions, quality, safety, standards, delivery, service and how each is accepted."),
    )
    market = forms.CharField(
        label=_("Market and supply"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    history = forms.CharField(
        label=_("Results of like purchases"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    upkeep = forms.CharField(
        label=_("Upkeep, spare parts and consumables"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, ASKED_ROWS + 1):
            label = gettext("Source %(n)s") % {"n": n}
            self.fields[f"who_{n}"] = forms.CharField(label=label, required=False, max_length=200)
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                label=gettext("Kind of source %(n)s") % {"n": n},
                required=False,
                choices=[("", "—"), *_words(SOURCES)],
            )
            self.fields[f"on_{n}"] = forms.DateField(
                label=gettext("Day on which source %(n)s was asked") % {"n": n},
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
            self.fields[f"said_{n}"] = forms.CharField(
                label=gettext("What source %(n)s said") % {"n": n},
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @classmethod
    def of(cls, found: RequirementFacts | None, data: Any) -> RequirementForm:
        """Give the form filled in with what is written."""
        initial: dict[str, Any] = {}
        if found is not None:
            initial = {name: getattr(found, name) for name in ("outcome", "market", "history", "upkeep")}
            for n, row in enumerate(found.asked, start=1):
                initial |= {f"{name}_{n}": value for name, value in row.items()}
        return cls(data, initial=initial)

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes; rows left wholly empty are none."""
        said = self.cleaned_data
        rows = [
            {
                "who": said[f"who_{n}"],
                "kind": said[f"kind_{n}"],
                "on": said[f"on_{n}"].isoformat() if said[f"on_{n}"] else "",
                "said": said[f"said_{n}"],
            }
            for n in range(1, ASKED_ROWS + 1)
        ]
        texts = {name: said[name] for name in ("outcome", "market", "history", "upkeep")}
        return {**texts, "asked": [row for row in rows if any(row.values())]}


class CommentsForm(forms.Form):
    """Until when the public may comment."""

    comments_until = forms.DateTimeField(
        label=_("Comments are taken until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


_BRACED = " ".join("{" + name + "}" for name in FIELDS)


class ClauseForm(forms.Form):
    """A version of a clause."""

    key = forms.CharField(label=_("Short name of the clause"), max_length=40)
    title = forms.CharField(label=_("Title"), max_length=100)
    text = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 8}),
        required=False,
        help_text=format_lazy("{} {}", _("Empty withdraws the clause. Filled in by the document:"), _BRACED),
    )
    basis = forms.CharField(label=_("Legal basis"), max_length=200, required=False)
    place = forms.IntegerField(label=_("Place in the document"), min_value=1, max_value=999, initial=99)
    category = forms.ChoiceField(label=_("Category"), choices=[], required=False)
    method = forms.ChoiceField(label=_("Procurement method"), choices=[], required=False)
    since = forms.DateField(
        label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("every one")), *_words(CATEGORY_WORDS)]  # type: ignore[attr-defined]
        methods = [(code, _(label)) for code, (_zh, label) in METHODS.items()]
        self.fields["method"].choices = [("", _("every one")), *methods]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))
