"""What the pages of the mall send."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import BadMoney, UnitPrice, Yuan
from mall.rules import MOST_UNITS, Line


class PutForm(forms.Form):
    """An offer and how many units of it."""

    offer_id = forms.UUIDField()
    quantity = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    add = forms.BooleanField(required=False)


class OrderForm(forms.Form):
    """One block of the cart as it was shown: its lines, its total, and the key of this click."""

    key = forms.UUIDField()
    budget_line_id = forms.UUIDField(
        label=_("Budget line"), error_messages={"required": _("Choose the budget line that pays.")}
    )
    deliver_to = forms.CharField(
        label=_("Deliver to"),
        max_length=300,
        error_messages={"required": _("Say where it should be delivered.")},
    )
    expected = forms.CharField()
    lines = forms.Field(required=False)

    def clean_expected(self) -> Yuan:
        try:
            return Yuan(self.cleaned_data["expected"])
        except BadMoney as error:
            raise forms.ValidationError(_("Open the cart again and order from there.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = []
        for text in self.data.getlist("line") if hasattr(self.data, "getlist") else []:
            offer, _colon, quantity = text.partition(":")
            try:
                lines.append(Line(uuid.UUID(offer), int(quantity)))
            except ValueError:
                raise forms.ValidationError(_("Open the cart again and order from there.")) from None
        return {**cleaned, "lines": lines}


class OfferForm(forms.Form):
    """A supplier's price and stock of one product."""

    price = forms.CharField(label=_("Unit price"))
    stock = forms.IntegerField(label=_("Stock"), min_value=0, max_value=10_000_000)
    delivery_days = forms.IntegerField(label=_("Delivery (days)"), min_value=0, max_value=365)
    warranty_months = forms.IntegerField(label=_("Warranty (months)"), min_value=0, max_value=240)
    listed = forms.BooleanField(label=_("Listed"), required=False)

    def clean_price(self) -> UnitPrice:
        try:
            return UnitPrice(self.cleaned_data["price"].replace(",", ""))
        except BadMoney as error:
            raise forms.ValidationError(_("Give the price as a number, such as 1234.50.")) from error


class NewOfferForm(OfferForm):
    """What a supplier delivers for an item of its agreement, and at what price."""

    brand = forms.CharField(label=_("Brand"), max_length=100)
    model = forms.CharField(label=_("Model"), max_length=100)
    spec = forms.CharField(label=_("Specification"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    field_order = ("brand", "model", "spec", "price", "stock", "delivery_days", "warranty_months")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["listed"]


class ReasonForm(forms.Form):
    """A reason or a note."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)
