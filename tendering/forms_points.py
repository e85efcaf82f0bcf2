"""The form of a criterion that is scored by rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tendering.facts import CriterionFacts
from tendering.point_rules import KIND_WORDS


class PointRuleForm(forms.Form):
    """What the bidder states, and how points follow from it; the highest score follows from the rule."""

    name = forms.CharField(label=_("Name"), max_length=200)
    ask = forms.CharField(
        label=_("What the bidder states"),
        max_length=200,
        help_text=_(
            "It is asked in the sealed sheet, such as: whole years of warranty beyond the requirement."
        ),
    )
    kind = forms.ChoiceField(label=_("How points follow from it"), choices=[])
    unit = forms.CharField(
        label=_("Unit"), max_length=20, required=False, help_text=_("Not for a yes or no.")
    )
    whole = forms.BooleanField(label=_("Whole numbers only"), required=False)
    each = forms.CharField(
        label=_("Points for each unit"),
        max_length=10,
        required=False,
        help_text=_("Only for points by unit."),
    )
    most = forms.CharField(
        label=_("Points for yes, or the cap"),
        max_length=10,
        required=False,
        help_text=_("Only for a yes or no, and for points by unit."),
    )
    table = forms.CharField(
        label=_("Thresholds"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        help_text=_("For steps and proportions: one line for each, rising, such as 24 = 3."),
    )
    proof = forms.CharField(
        label=_("How it is proved"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(kind, gettext(word)) for kind, word in KIND_WORDS.items()]
        self.fields["kind"].choices = words  # type: ignore[attr-defined]

    @classmethod
    def of(cls, row: CriterionFacts | None, data: Any) -> PointRuleForm:
        """Give the form, filled in when there is a rule already."""
        if row is None:
            return cls(data)
        rule = row.rule or {}
        table = "\n".join(f"{threshold} = {points}" for threshold, points in rule.get("steps", []))
        return cls(data, initial={**rule, "name": row.name, "table": table})
