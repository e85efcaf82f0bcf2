"""The form of what an emergency purchase rests on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tendering.facts import TenderFacts

LINES = 4
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
SAID = ("event", "authority", "number", "decided_on", "begins_on", "ends_on")


class EmergencyForm(forms.Form):
    """The decision, its days and its document; the supplier, and who else was asked: an empty line counts as none."""

    event = forms.CharField(label=_("Emergency"), max_length=200)
    authority = forms.CharField(label=_("Authority that has decided"), max_length=200)
    number = forms.CharField(label=_("Number of the decision"), max_length=100)
    decided_on = forms.DateField(label=_("Decided on"), widget=DAY)
    begins_on = forms.DateField(label=_("First day for which it is decided"), widget=DAY)
    ends_on = forms.DateField(label=_("Last day for which it is decided"), widget=DAY)
    file = forms.FileField(label=_("The decision"), required=False)
    supplier_id = forms.ChoiceField(label=_("Supplier"), choices=[])
    reason = forms.CharField(
        label=_("Why this supplier; where nobody else was asked, why not"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
    )

    def __init__(self, *args: Any, suppliers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier_id"].choices = [("", _("Choose a supplier")), *suppliers]  # type: ignore[attr-defined]
        name, answer = gettext("Name"), gettext("What it answered")
        for n in range(1, LINES + 1):
            label = gettext("Asked besides (%(n)s)") % {"n": n}
            self.fields[f"asked_{n}"] = forms.CharField(
                label=f"{label}: {name}", max_length=200, required=False
            )
            self.fields[f"said_{n}"] = forms.CharField(
                label=f"{label}: {answer}", max_length=500, required=False
            )

    @classmethod
    def of(
        cls, tender: TenderFacts, suppliers: list[tuple[str, str]], data: Any, files: Any
    ) -> EmergencyForm:
        """Give the form filled in with what is stated."""
        initial: dict[str, Any] = {}
        if tender.emergency is not None and tender.sole is not None:
            initial = {name: getattr(tender.emergency, name) for name in SAID}
            initial |= {"supplier_id": str(tender.sole.supplier_id), "reason": tender.sole.reason}
            for n, (name, said) in enumerate(tender.emergency.asked, start=1):
                initial |= {f"asked_{n}": name, f"said_{n}": said}
        return cls(data, files, suppliers=suppliers, initial=initial)

    def arguments(self) -> dict[str, Any]:
        """Give what `services.emergency.state` takes."""
        said = self.cleaned_data
        rows = [(said[f"asked_{n}"], said[f"said_{n}"]) for n in range(1, LINES + 1)]
        return {
            **{name: said[name] for name in (*SAID, "supplier_id", "reason")},
            "file": said["file"],
            "asked": [row for row in rows if any(row)],
        }
