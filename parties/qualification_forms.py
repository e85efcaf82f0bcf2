"""Forms of what an organisation proves about itself, and who stands behind it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from parties.forms import DateInput, Form
from parties.states import EVIDENCE_WORDS, Hold

HOLD_NAMES = {
    Hold.HOLDING: _("Holds a controlling share of us"),
    Hold.MANAGEMENT: _("Manages us"),
}


class EvidenceForm(Form):
    """One piece of evidence."""

    condition = forms.ChoiceField(
        label=_("Condition"), choices=[(str(one), _(word)) for one, word in EVIDENCE_WORDS.items()]
    )
    title = forms.CharField(label=_("What it is"), max_length=200)
    issuer = forms.CharField(label=_("Issued by"), max_length=200, required=False)
    valid_from = forms.DateField(label=_("Valid from"), widget=DateInput)
    valid_until = forms.DateField(
        label=_("Last day of validity"),
        widget=DateInput,
        required=False,
        help_text=_("Leave it empty where it has no end."),
    )
    statement = forms.CharField(
        label=_("Declaration"),
        widget=forms.Textarea({"rows": 3}),
        required=False,
        max_length=5000,
        help_text=_("Where your word is the proof, as for the clean record of the last three years."),
    )
    file = forms.FileField(
        label=_("The document itself"),
        required=False,
        help_text=_("PDF, OFD, Word, Excel, ZIP, text or picture; 50 MiB."),
    )


class ResponsibleForm(Form):
    """The person responsible for the organisation."""

    name = forms.CharField(label=_("Person responsible"), max_length=100)
    number = forms.CharField(
        label=_("Number of the identity document"),
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("Not stored: only a key is, by which the same person is recognised elsewhere."),
    )


class HolderForm(Form):
    """Who holds or manages the organisation."""

    hold = forms.ChoiceField(label=_("Relation"), choices=list(HOLD_NAMES.items()))
    name = forms.CharField(label=_("Name"), max_length=200)
    credit_code = forms.CharField(
        label=_("Unified social credit code, of an organisation"), max_length=18, required=False
    )
    number = forms.CharField(
        label=_("Number of the identity document, of a person"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("Not stored: only a key is, by which the same person is recognised elsewhere."),
    )
    since = forms.DateField(label=_("First day"), widget=DateInput)
