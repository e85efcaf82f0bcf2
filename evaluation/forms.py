"""Forms of evaluation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.meetings import MOST_HOURS, Meeting
from tendering.forms import InstantField


class MeetingForm(forms.Form):
    """When, where and for how long a panel meets."""

    begins_at = InstantField(
        label=_("The evaluation begins (Beijing time)"), required=False, help_text=_("Empty: at once.")
    )
    place = forms.CharField(
        label=_("Place"),
        max_length=200,
        required=False,
        help_text=_("Told to the experts who are called. Name no project and no purchaser. Empty: online."),
    )
    hours = forms.IntegerField(
        label=_("About how many hours"), min_value=1, max_value=MOST_HOURS, required=False, initial=2
    )
    early = forms.CharField(label=_("Why it is drawn so early"), max_length=300, required=False)

    def meeting(self) -> Meeting:
        """Give what was entered; an empty form is a panel that meets at once."""
        said = self.cleaned_data
        return Meeting(said["begins_at"], said["place"], said["hours"] or 2, said["early"])
