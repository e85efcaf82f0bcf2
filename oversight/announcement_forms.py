"""Form of a notice that a regulator writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.models import Announcement
from oversight.services.announcing import FIELDS
from oversight.states import EVERY, WRITTEN
from parties.states import MARK_WORDS, Mark


def _text(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=False, widget=widget)


class AnnouncementForm(forms.Form):
    """What the type must say, and no more; the service says what is missing."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, required=False)
    concerned = forms.CharField(label=gettext_lazy("Whom it concerns"), max_length=200, required=False)
    credit_code = forms.CharField(
        label=gettext_lazy("Unified social credit code"), max_length=18, required=False
    )
    number = forms.CharField(label=gettext_lazy("Number of the decision"), max_length=100, required=False)
    matter = _text(gettext_lazy("Facts and findings"))
    basis = _text(gettext_lazy("Legal basis"), gettext_lazy("Name the article."))
    outcome = _text(gettext_lazy("Decision or result"))
    mark = forms.ChoiceField(label=gettext_lazy("What the record is"), choices=[], required=False)
    since = _day(gettext_lazy("First day"))
    until = _day(gettext_lazy("Last day"), gettext_lazy("Leave it empty for a record without an end."))
    completed_on = _day(
        gettext_lazy("Completed on"), gettext_lazy("From this day on the time to publish runs.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, kind: str, row: Announcement | None = None, **kwargs: Any) -> None:
        if row is not None:
            said = {name: getattr(row, name) for name in FIELDS}
            kwargs["initial"] = {**said, "version": row.version}
        super().__init__(*args, **kwargs)
        self.fields["mark"].choices = [  # type: ignore[attr-defined]
            (str(mark), _(word)) for mark, word in MARK_WORDS.items() if mark != Mark.FINE
        ]
        record = "since" in WRITTEN[kind]
        kept = {"title", "matter", "completed_on", "version", "concerned", "basis", "number", "outcome"}
        for name in FIELDS:
            if name not in kept | WRITTEN[kind] | ({"until"} if record else set()):
                del self.fields[name]
        for name in EVERY | WRITTEN[kind]:
            self.fields[name].required = True

    def content(self) -> dict[str, Any]:
        """Give what the service takes."""
        return {name: self.cleaned_data.get(name) for name in FIELDS}
