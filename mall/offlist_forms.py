"""What the pages of purchases off the list send."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contracting.facts import AgreementFacts
from core.money import BadMoney, UnitPrice
from mall.rules import MOST_UNITS
from planning.facts import BudgetFacts


def _price(text: str) -> UnitPrice:
    try:
        return UnitPrice(text.replace(",", ""))
    except BadMoney as error:
        raise forms.ValidationError(_("Give the price as a number, such as 1234.50.")) from error


class OffListForm(forms.Form):
    """What is cheaper outside, from whom, and the evidence."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    item_no = forms.ChoiceField(label=_("Item of the framework agreement"), choices=[])
    brand = forms.CharField(label=_("Brand"), max_length=100)
    model = forms.CharField(label=_("Model"), max_length=100)
    spec = forms.CharField(label=_("Specification"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST_UNITS)
    credit_code = forms.CharField(
        label=_("Supplier outside: unified social credit code"),
        max_length=18,
        help_text=_("It is registered here, and not on the list."),
    )
    price = forms.CharField(
        label=_("Unit price outside (yuan)"), help_text=_("Below every agreed price of this item.")
    )
    reason = forms.CharField(
        label=_("How it is shown that the price is lower"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
    file = forms.FileField(
        label=_("Evidence"),
        help_text=_("Such as the signed offer. You, the organiser and the supervisor can read it."),
    )
    budget_line_id = forms.TypedChoiceField(label=_("Budget line"), coerce=uuid.UUID, choices=[])

    def __init__(
        self, *args: Any, agreement: AgreementFacts, budget: list[BudgetFacts], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item_no"].choices = [  # type: ignore[attr-defined]
            (item.no, f"{item.name}（{item.unit}）") for item in agreement.items
        ]
        self.fields["budget_line_id"].choices = [  # type: ignore[attr-defined]
            ("", gettext("Choose")),
            *((str(row.id), f"{row.fiscal_year} {row.code} {row.name} · {row.available}") for row in budget),
        ]

    def clean_price(self) -> UnitPrice:
        """Read the price."""
        return _price(self.cleaned_data["price"])


class AnswerForm(forms.Form):
    """The price to which a supplier goes down, or that it does not."""

    matches = forms.TypedChoiceField(coerce=lambda text: text == "1", choices=[("1", "1"), ("0", "0")])
    price = forms.CharField(label=_("Our unit price for this purchase (yuan)"), required=False)

    def clean(self) -> dict[str, Any]:
        """Read the price of a supplier that goes down; the other gives none."""
        cleaned = super().clean() or {}
        if not cleaned.get("matches"):
            return {**cleaned, "price": None}
        try:
            return {**cleaned, "price": _price(cleaned.get("price", ""))}
        except forms.ValidationError as error:
            self.add_error("price", error)
            return cleaned
