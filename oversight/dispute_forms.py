"""Forms of challenges and complaints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.models import Letter
from oversight.services.challenges import ITEMS
from oversight.states import EFFECT_WORDS, OUTCOME_WORDS, SUBJECT_WORDS


def _text(label: Any, help_text: Any = "", rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows}), max_length=8000
    )


class LetterForm(forms.Form):
    """The items that the law asks for; who writes, about which procedure and when, the platform adds."""

    contact = forms.CharField(label=gettext_lazy("Address, contact person and telephone"), max_length=300)
    matter = _text(gettext_lazy("What exactly is wrong"), gettext_lazy("Definite matters, one by one."))
    request = _text(gettext_lazy("What you ask for"), rows=2)
    facts = _text(gettext_lazy("Facts and evidence"))
    basis = _text(gettext_lazy("Legal basis"), gettext_lazy("Name the article."), 2)

    @classmethod
    def of(cls, row: Letter | None, data: Any, **rest: Any) -> LetterForm:
        """Give the form, filled in with what is written already."""
        initial = {name: getattr(row, name) for name in ITEMS} if row is not None else {}
        return cls(data, initial=initial, **rest)


class ChallengeForm(LetterForm):
    """A letter with what it is about: only steps that can still be challenged are offered."""

    subject = forms.ChoiceField(label=gettext_lazy("What the challenge is about"), choices=[])
    field_order = ("subject", *ITEMS)

    def __init__(self, *args: Any, subjects: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, _(SUBJECT_WORDS[name])) for name in subjects]
        self.fields["subject"].choices = choices  # type: ignore[attr-defined]


def _outcomes() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Result"),
        choices=[(str(key), gettext_lazy(word)) for key, word in OUTCOME_WORDS.items()],
        widget=forms.RadioSelect,
    )


class WithEffect(forms.Form):
    """A form that says what is done to the procedure, of the effects that its stage leaves."""

    outcome = _outcomes()
    effect = forms.ChoiceField(label=gettext_lazy("Effect"), choices=[], widget=forms.RadioSelect)

    lots = forms.MultipleChoiceField(
        label=gettext_lazy("Only these lots"),
        choices=[],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "None chosen: the whole procedure. The other lots stand with their contracts."
        ),
    )

    def __init__(
        self, *args: Any, effects: Iterable[str], lots: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(name), _(EFFECT_WORDS[name])) for name in effects]
        self.fields["effect"].choices = choices  # type: ignore[attr-defined]
        if lots:
            self.fields["lots"].choices = lots  # type: ignore[attr-defined]
        else:
            del self.fields["lots"]


class ReplyForm(WithEffect):
    """The reply to a challenge; what it upholds is done to the procedure at once."""

    effect = forms.ChoiceField(
        label=gettext_lazy("Effect"),
        choices=[],
        widget=forms.RadioSelect,
        required=False,
        initial="none",
        help_text=gettext_lazy("Done at once, with its notices, when the reply is sent."),
    )
    reply = _text(gettext_lazy("Reply"), gettext_lazy("With its facts and legal basis."), 8)


class AnswerForm(forms.Form):
    """What the respondent says to a complaint."""

    answer = _text(gettext_lazy("Answer with facts and evidence"), rows=8)


class NoteForm(forms.Form):
    """What the complainant is told."""

    note = _text(gettext_lazy("What you tell the complainant"))


class StopForm(forms.Form):
    """What is sent away."""

    why = forms.CharField(label=gettext_lazy("What is sent, and to whom"), max_length=300)


class SuspendForm(forms.Form):
    """Why a procedure is suspended."""

    reason = _text(
        gettext_lazy("Reason, as it is published"), gettext_lazy("Do not name the complainant."), 2
    )


class EmptyForm(forms.Form):
    """A verb that needs no words."""


class DecisionForm(WithEffect):
    """A decision, with the effects that the stage of the procedure leaves."""

    findings = _text(
        gettext_lazy("Findings and legal basis"), gettext_lazy("Published as you write them."), 8
    )
