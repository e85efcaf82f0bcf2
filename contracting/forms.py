"""What the pages of contracts send."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracting.facts import TermItem
from contracting.states import BOND_WORDS, RESULT_WORDS, Result
from core.money import BadMoney, Yuan


class ReasonForm(forms.Form):
    """Why a contract is not concluded."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Say why.")},
        widget=forms.Textarea({"rows": 2}),
    )


class FilingForm(forms.Form):
    """The number under which a copy is filed."""

    filing_no = forms.CharField(label=_("Filing number"), max_length=100)


class DeliveryForm(forms.Form):
    """What was delivered."""

    note = forms.CharField(
        label=_("What was delivered"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Say what was delivered.")},
    )


class AcceptanceForm(forms.Form):
    """What an acceptance found."""

    result = forms.ChoiceField(
        label=_("Result"),
        choices=[(value.value, _(RESULT_WORDS[value])) for value in Result],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a result.")},
    )
    opinion = forms.CharField(
        label=_("What was checked and found"),
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": _("Say what was checked and what was found.")},
    )


class PaymentForm(forms.Form):
    """One payment."""

    amount = forms.CharField(label=_("Amount"), widget=forms.TextInput({"inputmode": "decimal"}))
    reference = forms.CharField(label=_("Number of the payment order"), max_length=100)

    def clean_amount(self) -> Yuan:
        try:
            return Yuan(self.cleaned_data["amount"].replace(",", ""))
        except BadMoney as error:
            raise forms.ValidationError(_("Give the amount as a number, such as 1234.50.")) from error


class SupplementForm(forms.Form):
    """How much of each item is added."""

    def __init__(self, *args: Any, items: Sequence[TermItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, item in enumerate(items):
            self.fields[f"item_{place}"] = forms.DecimalField(
                label=f"{item.name} ({item.unit})",
                required=False,
                min_value=0,
                max_digits=18,
                decimal_places=6,
            )

    def quantities(self) -> dict[int, Decimal]:
        """Give the quantities by place."""
        found = {int(name.removeprefix("item_")): value for name, value in self.cleaned_data.items()}
        return {place: value for place, value in found.items() if value}


class BondForm(forms.Form):
    """A performance bond that was given."""

    amount = forms.CharField(label=_("Amount"), widget=forms.TextInput({"inputmode": "decimal"}))
    kind = forms.ChoiceField(
        label=_("How it is given"), choices=[(key, _(word)) for key, word in BOND_WORDS.items()]
    )
    reference = forms.CharField(label=_("Number of the transfer or guarantee"), max_length=100)

    def clean_amount(self) -> Yuan:
        try:
            return Yuan(self.cleaned_data["amount"].replace(",", ""))
        except BadMoney as error:
            raise forms.ValidationError(_("Give the amount as a number, such as 1234.50.")) from error
