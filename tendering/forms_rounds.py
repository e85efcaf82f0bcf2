"""Forms of a draft for rounds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tendering.facts import TenderFacts, TermFacts
from tendering.methods import method_of
from tendering.states import ROUNDS_GROUND_WORDS, TERM_WORDS


class GroundForm(forms.Form):
    """Which of the law's cases for the method applies."""

    ground = forms.ChoiceField(
        label=_("Which of the law’s cases for this method applies"),
        choices=[],
        widget=forms.RadioSelect,
        help_text=_("It stands in the notice. Some cases let two suppliers go on where three are the rule."),
    )

    @classmethod
    def of(cls, tender: TenderFacts, data: Any) -> GroundForm:
        """Give the form with the cases of the draft's method."""
        form = cls(data, initial={"ground": tender.ground})
        cases = method_of(tender.method).grounds
        form.fields["ground"].choices = [(str(one), _(ROUNDS_GROUND_WORDS[one])) for one in cases]  # type: ignore[attr-defined]
        return form


class TermForm(forms.Form):
    """One term that the talks may change."""

    kind = forms.ChoiceField(
        label=_("Kind of term"),
        choices=[(str(kind), _(word)) for kind, word in TERM_WORDS.items()],
        widget=forms.RadioSelect,
        help_text=_("Nothing else of a document can change in the talks."),
    )
    title = forms.CharField(label=_("Short name of the term"), max_length=200)
    text = forms.CharField(
        label=_("The term as it stands in the document"), widget=forms.Textarea(attrs={"rows": 5})
    )

    @classmethod
    def of(cls, term: TermFacts | None, data: Any) -> TermForm:
        """Give the form, filled in when the term is listed already."""
        return cls(data, initial={name: getattr(term, name) for name in cls.base_fields} if term else {})
