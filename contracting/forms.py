"""What the pages of contracts send."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from contracting.states import RESULT_WORDS, Result
from core.money import BadMoney, Yuan


class ReasonForm(forms.Form):
    """Why a contract is not concluded."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Say why.")},
        widget=forms.Textarea({"rows": 2}),
    )


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
