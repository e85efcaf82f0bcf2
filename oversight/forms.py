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
from core.law.rule import Certainty, Rule
from core.workdays import Unit, beijing_date
from oversight import pages, words
from oversight.selectors import periods
from oversight.selectors.periods import Answer
from oversight.selectors.register import DIMENSIONS, Filters
from planning import catalogue

EARLIEST, LATEST = date(2003, 1, 1), date(2100, 12, 31)
"""Between the law coming into force and a year nobody reckons beyond."""

CHECKED = (Certainty.FULL_TEXT, Certainty.ARTICLE_TEXT, Certainty.SOURCE_DOCUMENT, Certainty.SECONDARY_SOURCE)
"""How whoever enters a value may have checked it."""
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
        fields: dict[str, Any] = self.fields
        fields["region"].choices = [(code, words.place(code)) for code in periods.places()]
        for name in DIMENSIONS:
            fields[name].choices = [anything, *((code, words.scope_name(code)) for code in scopes()[name])]
        fields["certainty"].choices = [
            anything,
            *((kind.value, _(text)) for kind, text in words.CERTAINTIES.items() if kind in PUBLIC),
        ]

    def filters(self) -> Filters | None:
        """Give what was asked; None, with errors in the form, when it cannot be used."""
        return Filters.of(**self.cleaned_data) if self.is_valid() else None


class CalendarForm(forms.Form):
    """A year and a place."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2024, max_value=2100)
    region = forms.ChoiceField(label=gettext_lazy("Place"), choices=[], required=False)

    def __init__(self, data: Any) -> None:
        super().__init__({"year": beijing_date(clock.now()).year, **data.dict()})
        region: Any = self.fields["region"]
        region.choices = [(code, words.place(code)) for code in periods.places()]

    def asked(self) -> tuple[int, str | None] | None:
        """Give the year and the region; None, with errors in the form, when they cannot be used."""
        if not self.is_valid():
            return None
        return self.cleaned_data["year"], periods.region_of(self.cleaned_data["region"])


class ValueForm(forms.Form):
    """A new version of a rule's value."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    value = forms.CharField(label=gettext_lazy("New value"), max_length=40)
    since = day_field(
        gettext_lazy("In force from"),
        help_text=gettext_lazy("After today. Procedures begun before keep their law."),
    )
    effective_to = day_field(
        gettext_lazy("Until, not included"),
        required=False,
        help_text=gettext_lazy("Leave empty for an open end. After it the version before holds again."),
    )
    level = forms.MultipleChoiceField(label=gettext_lazy("Level of the budget"), choices=[], required=False)
    category = forms.MultipleChoiceField(label=gettext_lazy("Category"), choices=[], required=False)
    method = forms.MultipleChoiceField(label=gettext_lazy("Method"), choices=[], required=False)
    citation = forms.CharField(label=gettext_lazy("Legal basis: document, number, article"), max_length=300)
    certainty = forms.ChoiceField(label=gettext_lazy("How it was checked"), choices=[])
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, base: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        for name in DIMENSIONS:
            field: Any = self.fields[name]
            field.choices = [(code, words.scope_name(code)) for code in scopes()[name]]
            field.widget = forms.CheckboxSelectMultiple(choices=field.choices)
            field.help_text = _("None chosen: all.")
        certainty: Any = self.fields["certainty"]
        certainty.choices = [(kind.value, _(words.CERTAINTIES[kind])) for kind in CHECKED]
        self.fields["value"].help_text = pages.value_hint(base)

    def content(self) -> dict[str, Any]:
        """Give what was entered as a row of a pack says it."""
        given = self.cleaned_data
        return {
            "rule_id": self.base.id,
            "value": given["value"],
            **{name: " ".join(given[name]) for name in DIMENSIONS},
            "since": given["since"].isoformat(),
            "effective_to": given["effective_to"].isoformat() if given["effective_to"] else "",
            "citation": given["citation"],
            "certainty": given["certainty"],
        }


class DaysForm(forms.Form):
    """The days of one year: by the country's notice, or a place's own."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    year = forms.IntegerField(
        label=gettext_lazy("Year"), min_value=2024, max_value=2100, widget=forms.HiddenInput
    )
    whole = forms.BooleanField(
        label=gettext_lazy("The whole year, as the State Council's notice fixes it"),
        required=False,
        help_text=gettext_lazy("Otherwise only days on which your place differs."),
    )
    document = forms.CharField(label=gettext_lazy("Notice that fixes the days"), max_length=200)
    since = day_field(
        gettext_lazy("In force from"), help_text=gettext_lazy("Days before it keep what they were.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class DayForm(forms.Form):
    """One run of days off, or of weekend days worked."""

    first = day_field(gettext_lazy("First day"), required=False)
    last = day_field(gettext_lazy("Last day"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("off", gettext_lazy("day off")), ("work", gettext_lazy("make-up working day"))],
        required=False,
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "kind" else "form-control"

    def clean(self) -> dict[str, Any]:
        """A row has all or nothing; one day needs no last one."""
        given = super().clean() or {}
        if given.get("first") and not given.get("name"):
            self.add_error("name", _("Name the holiday or reason."))
        if given.get("name") and not given.get("first") and "first" not in self.errors:
            self.add_error("first", _("Give the day."))
        given["last"] = given.get("last") or given.get("first")
        return given


DayRows = forms.formset_factory(DayForm, extra=4, max_num=60, absolute_max=60)


def day_rows(rows: Any) -> list[dict[str, str]]:
    """Give the filled rows as an enactment says them."""
    return [
        {
            "first": row["first"].isoformat(),
            "last": row["last"].isoformat(),
            "kind": row["kind"] or "off",
            "name": row["name"],
        }
        for row in rows.cleaned_data
        if row.get("first")
    ]


class GuideForm(forms.Form):
    """An edition of a guiding catalogue: what fixes it, and from when it holds."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    document = forms.CharField(label=gettext_lazy("Document that fixes the catalogue"), max_length=200)
    since = day_field(
        gettext_lazy("In force from"),
        help_text=gettext_lazy("After today. Plans keep the edition that held when they were filed."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


class LeafForm(forms.Form):
    """One entry: kind, nature and content of a service."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=20, required=False)
    kind = forms.CharField(label=gettext_lazy("Service: kind"), max_length=60, required=False)
    nature = forms.CharField(label=gettext_lazy("Service: nature"), max_length=60, required=False)
    content = forms.CharField(label=gettext_lazy("Service: content"), max_length=200, required=False)
    item = forms.ChoiceField(label=gettext_lazy("Item of the national catalogue"), choices=[], required=False)
    barred = forms.BooleanField(label=gettext_lazy("May not be bought"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [("", _("None")), *catalogue.choices("services")]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            kind = {"item": "form-select", "barred": "form-check-input"}.get(name, "form-control")
            field.widget.attrs["class"] = kind

    def clean(self) -> dict[str, Any]:
        """A row has a code, kind, nature and content, or nothing."""
        given = super().clean() or {}
        if self.has_changed() and any(given.values()):
            for name in ("code", "kind", "nature", "content"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("Fill this in, or empty the row."))
        return given


LeafRows = forms.formset_factory(LeafForm, extra=4, max_num=400, absolute_max=400)


def leaf_rows(rows: Any) -> list[dict[str, Any]]:
    """Give the filled rows as an enactment says them."""
    return [dict(row) for row in rows.cleaned_data if row.get("code")]


class PlaceForm(forms.Form):
    """A place that has a guiding catalogue, and the first day of one of its editions; empty for what holds today."""

    region = forms.ChoiceField(label=gettext_lazy("Place"), choices=[], required=False)
    since = forms.DateField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, places: list[str]) -> None:
        super().__init__({"region": places[0] if places else "", **data.dict()})
        self.fields["region"].choices = [(code, words.place(code)) for code in places]  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """What is to mend."""

    note = forms.CharField(label=gettext_lazy("What is to mend"), widget=forms.Textarea(attrs={"rows": 3}))


class ApproveForm(forms.Form):
    """What the second person has read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
