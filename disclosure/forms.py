"""Form of a correction by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

ROWS = 3


class CorrectionForm(forms.Form):
    """The reason, and up to three items with what was published and how it should read."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, ROWS + 1):
            first = number == 1
            self.fields[f"what_{number}"] = forms.CharField(label=_("Item"), max_length=200, required=first)
            for name, label, needed in (
                ("before", _("As published"), False),
                ("after", _("Corrected"), first),
            ):
                self.fields[f"{name}_{number}"] = forms.CharField(
                    label=label, max_length=4000, required=needed, widget=forms.Textarea(attrs={"rows": 2})
                )

    def items(self) -> list[tuple[str, str, str]]:
        """Give (what, as published, as it should read) of each row."""
        said = self.cleaned_data
        return [
            (
                said.get(f"what_{number}", ""),
                said.get(f"before_{number}", ""),
                said.get(f"after_{number}", ""),
            )
            for number in range(1, ROWS + 1)
        ]
