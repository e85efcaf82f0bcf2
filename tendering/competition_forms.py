"""The form in which a second competition names its framework agreement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contracting.facts import AgreementFacts
from tendering.facts import TenderFacts


class CompetitionForm(forms.Form):
    """The agreement, and for each item of the draft the agreement's item."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, tender: TenderFacts, agreements: list[AgreementFacts], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = {f"{lot.no}-{item.no}": item for lot in tender.lots for item in lot.items}
        chosen = tender.competition
        for key, item in self.items.items():
            offered = [
                (f"{row.id}:{one.no}", f"{row.agreement_no} · {one.name}（{one.unit}，≤ {one.ceiling}）")
                for row in agreements
                for one in row.items
                if one.unit == item.unit
            ]
            initial = f"{chosen.agreement_id}:{chosen.items.get(key, '')}" if chosen else ""
            self.fields[f"item_{key}"] = forms.ChoiceField(
                label=gettext("Item of the framework agreement for: %(item)s (%(quantity)s %(unit)s)")
                % {"item": item.name, "quantity": f"{item.quantity.normalize():f}", "unit": item.unit},
                choices=[("", gettext("Choose")), *offered],
                initial=initial,
                help_text=_(
                    "Only agreements in force whose suppliers compete again for each order, in the same unit."
                ),
                error_messages={"required": gettext("Choose an item of a framework agreement.")},
            )

    @classmethod
    def of(cls, tender: TenderFacts, agreements: list[AgreementFacts], data: Any) -> CompetitionForm:
        """Give the form filled in with the draft."""
        return cls(data, initial={"version": tender.version}, tender=tender, agreements=agreements)

    def clean(self) -> dict[str, Any]:
        """Ask that all items are of one agreement."""
        cleaned = super().clean() or {}
        chosen = {str(cleaned.get(f"item_{key}", "")).partition(":")[0] for key in self.items}
        if not self.errors and len(chosen) > 1:
            raise forms.ValidationError(_("All items are ordered under one framework agreement."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        said = {key: str(self.cleaned_data[f"item_{key}"]).partition(":") for key in self.items}
        agreement = next(iter(said.values()))[0]
        return {
            "version": self.cleaned_data["version"],
            "agreement_id": UUID(agreement),
            "items": {key: no for key, (_agreement, _colon, no) in said.items()},
        }


class SupplementForm(forms.Form):
    """The agreement in force that a call finds more suppliers for, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    agreement_id = forms.TypedChoiceField(
        label=_("Framework agreement"),
        coerce=UUID,
        choices=[],
        help_text=_(
            "Your agreements in force in which the share of suppliers left has fallen below the rule’s."
        ),
        error_messages={"required": _("Choose an agreement in force with too few suppliers left.")},
    )
    reason = forms.CharField(
        label=_("How the lack of suppliers affects the performance"),
        widget=forms.Textarea({"rows": 3}),
        max_length=2000,
        help_text=_(
            "Objects, ceilings, conditions, comparison and elimination of the first call replace those of this draft."
        ),
        error_messages={"required": _("Say how the lack of suppliers affects the performance.")},
    )

    @classmethod
    def of(cls, tender: TenderFacts, agreements: list[AgreementFacts], data: Any) -> SupplementForm:
        """Give the form filled in with the draft."""
        about = tender.framework.supplement if tender.framework else None
        initial: dict[str, Any] = {"version": tender.version}
        if about is not None:
            initial |= {"agreement_id": str(about.agreement_id), "reason": about.reason}
        form = cls(data, initial=initial)
        form.fields["agreement_id"].choices = [  # type: ignore[attr-defined]
            ("", gettext("Choose")),
            *((str(row.id), f"{row.agreement_no} · {row.title}") for row in agreements),
        ]
        return form
