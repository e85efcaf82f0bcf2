"""The form on which the lead of a consortium says who does what for which share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bidding.services.consortia import TEXT_AT_MOST, Part
from tendering.facts import TenderFacts

PARTNERS = 4


class ConsortiumForm(forms.Form):
    """The lead's own part, and a line for each partner; a line with nothing in it counts as none."""

    lot = forms.ChoiceField(label=_("Lot"))

    def __init__(self, *args: Any, tender: TenderFacts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"].choices = [(lot.no, f"{lot.no} · {lot.title}") for lot in tender.lots]  # type: ignore[attr-defined]
        for n in range(PARTNERS + 1):
            if n:
                self.fields[f"credit_code_{n}"] = forms.CharField(
                    label=gettext("Unified social credit code"), max_length=18, required=False
                )
            self.fields[f"percent_{n}"] = forms.CharField(
                label=gettext("Share of the contract, in percent"), max_length=8, required=n == 0
            )
            self.fields[f"work_{n}"] = forms.CharField(
                label=gettext("Its work and duties"), max_length=1000, required=n == 0
            )
        self.fields["text"] = forms.CharField(
            label=_("What the members agree besides"),
            widget=forms.Textarea(attrs={"rows": 5}),
            max_length=TEXT_AT_MOST,
            required=False,
        )

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The lines as they are shown: who, and its fields; the lead's own first."""
        return [
            {
                "who": gettext("Partner %(n)s") % {"n": n}
                if n
                else gettext("Your own organisation, which leads"),
                "fields": [
                    self[f"{name}_{n}"]
                    for name in ("credit_code", "percent", "work")
                    if f"{name}_{n}" in self.fields
                ],
            }
            for n in range(PARTNERS + 1)
        ]

    def part(self, n: int) -> Part:
        """Give what line `n` says."""
        code, percent, work = (
            self.cleaned_data.get(f"{name}_{n}", "").strip() for name in ("credit_code", "percent", "work")
        )
        return Part(code, percent, work)

    def arguments(self) -> dict[str, Any]:
        """Give what `services.consortia.offer` takes; the lines must follow each other without a gap."""
        parts = [self.part(n) for n in range(1, PARTNERS + 1)]
        filled = [n for n, part in enumerate(parts, start=1) if part != Part("", "", "")]
        return {
            "lot": self.cleaned_data["lot"],
            "own": self.part(0),
            "partners": parts[: max(filled, default=0)],
            "text": self.cleaned_data["text"],
        }
