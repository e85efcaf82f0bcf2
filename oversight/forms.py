"""Forms of oversight; what a selector or service refuses becomes an error of the form."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import Invalid
from core.law.book import scopes
from core.law.rule import Certainty
from core.workdays import Unit, beijing_date
from oversight import pages, words
from oversight.selectors import periods
from oversight.selectors.periods import Answer
from oversight.selectors.register import DIMENSIONS, Filters

EARLIEST, LATEST = date(2003, 1, 1), date(2100, 12, 31)
"""Between the law coming into force and a year nobody reckons beyond."""

PUBLIC = tuple(kind for kind in Certainty if kind is not Certainty.DEMONSTRATION)


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Give a field for a civil date."""
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class CalculatorForm(forms.Form):
    """A rule, or a number of one's own, and the day from which it is counted."""

    region = forms.ChoiceField(label=gettext_lazy("Place"), choices=[], required=False)
    rule = forms.ChoiceField(label=gettext_lazy("Period"), choices=[], required=False)
    start = day_field(
        gettext_lazy("From the day"),
        help_text=gettext_lazy(
            "The day itself is not counted. Periods before something are counted back from it."
        ),
    )
    count = forms.IntegerField(label=gettext_lazy("Or a number"), min_value=0, max_value=3660, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("of"), choices=[], required=False)
    roll = forms.BooleanField(
        label=gettext_lazy("A last day off moves to the next working day"), required=False
    )
    back = forms.BooleanField(label=gettext_lazy("Count backwards"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = beijing_date(clock.now())
        self.fields["start"].initial = today
        self.fields["region"].choices = [(code, words.place(code)) for code in periods.places()]  # type: ignore[attr-defined]
        given = self.data.get("region", "")
        region = given if given in dict(self.fields["region"].choices) else ""  # type: ignore[attr-defined]
        asked = self._asked_day() or today
        known = periods.periods(asked, periods.region_of(region))
        self.fields["rule"].choices = [("", _("a number of my own")), *pages.rule_choices(known)]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (Unit.WORKDAY, _("working days")),
            (Unit.DAY, _("calendar days")),
            (Unit.MONTH, _("months")),
            (Unit.YEAR, _("years")),
        ]

    def _asked_day(self) -> date | None:
        try:
            return date.fromisoformat(self.data.get("start", ""))
        except ValueError:
            return None

    def clean_start(self) -> date:
        """Keep to the years for which packs and dates make sense."""
        day: date = self.cleaned_data["start"]
        if not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("Choose a day between 2003 and 2100."))
        return day

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two: a rule, or a number."""
        given = super().clean() or {}
        if not self.errors and not given.get("rule") and given.get("count") is None:
            self.add_error("rule", _("Choose a period, or give a number of days."))
        return given

    def answer(self) -> Answer | None:
        """Give the answer; None, with errors in the form, when there is none."""
        if not self.is_bound or not self.is_valid():
            return None
        given = self.cleaned_data
        try:
            region = periods.region_of(given["region"])
            if given["rule"]:
                return periods.answer_rule(given["rule"], given["start"], region)
            unit = given["unit"] or Unit.WORKDAY
            return periods.answer_count(
                given["start"], given["count"], unit, given["roll"], given["back"], region
            )
        except Invalid as refused:
            for name, message in refused.errors.items():
                self.add_error(name if name in self.fields else None, _(message))
            return None


class RegisterForm(forms.Form):
    """What to show of the register."""

    on = day_field(gettext_lazy("On the day"))
    region = forms.ChoiceField(label=gettext_lazy("Place"), choices=[], required=False)
    level = forms.ChoiceField(label=gettext_lazy("Level of the budget"), choices=[], required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=[], required=False)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=[], required=False)
    certainty = forms.ChoiceField(label=gettext_lazy("Certainty"), choices=[], required=False)
    q = forms.CharField(label=gettext_lazy("Words"), max_length=100, required=False)

    def __init__(self, data: Any = None) -> None:
        given = {"on": beijing_date(clock.now()).isoformat(), **(data.dict() if data else {})}
        super().__init__(given)
        anything = ("", _("any"))
        self.fields["region"].choices = [(code, words.place(code)) for code in periods.places()]  # type: ignore[attr-defined]
        for name in DIMENSIONS:
            self.fields[name].choices = [
                anything,
                *((code, words.scope_name(code)) for code in scopes()[name]),
            ]  # type: ignore[attr-defined]
        self.fields["certainty"].choices = [  # type: ignore[attr-defined]
            anything,
            *((kind.value, _(text)) for kind, text in words.CERTAINTIES.items() if kind in PUBLIC),
        ]

    def filters(self) -> Filters | None:
        """Give what was asked; None, with errors in the form, when it cannot be used."""
        return Filters.of(**self.cleaned_data) if self.is_valid() else None
