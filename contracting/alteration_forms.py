"""The form of a change of a signed contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contracting.alteration_rules import Wanted
from contracting.facts import ContractFacts, Subcontract
from contracting.states import GROUND_WORDS
from core.money import share_of_percent
from parties.forms import SIZE_NAMES

LINES = 4
"""How many subcontractors the form offers."""
SAID = ("name", "code", "size", "share", "work")


class AlterationForm(forms.Form):
    """What changes; the fields begin with what is agreed."""

    ground = forms.ChoiceField(label=_("Why the contract is changed"), choices=[])
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea({"rows": 3}))
    delivery = forms.CharField(
        label=_("Delivery: place, day, how"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    ends_on = forms.DateField(
        label=_("Last day of the contract"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, *, contract: ContractFacts) -> None:
        self.contract = contract
        initial: dict[str, Any] = {"delivery": contract.delivery, "ends_on": contract.ends_on}
        initial |= {f"spec_{place}": item.spec for place, item in enumerate(contract.items)}
        for no, row in enumerate(contract.subcontracts, 1):
            said = (row.name, row.credit_code, row.size, row.percent, row.work)
            initial |= {f"sub_{no}_{name}": value for name, value in zip(SAID, said, strict=True)}
        super().__init__(data, initial=initial)
        self.fields["ground"].choices = [  # type: ignore[attr-defined]
            ("", gettext("Choose")),
            *((key, gettext(word)) for key, word in GROUND_WORDS.items()),
        ]
        for place, item in enumerate(contract.items):
            self.fields[f"spec_{place}"] = forms.CharField(
                label=item.name, max_length=4000, required=False, widget=forms.Textarea({"rows": 2})
            )
        if contract.subcontract_limit is not None:
            for no in range(1, LINES + 1):
                self._line(no)

    def _line(self, no: int) -> None:
        sizes = [("", gettext("Choose")), *((key, word) for key, word in SIZE_NAMES.items())]
        fields: dict[str, forms.Field] = {
            "name": forms.CharField(label=_("Subcontractor"), max_length=200, required=False),
            "code": forms.CharField(label=_("Unified social credit code"), max_length=18, required=False),
            "size": forms.ChoiceField(label=_("Size of the enterprise"), choices=sizes, required=False),
            "share": forms.CharField(
                label=_("Share of the contract, in percent"), max_length=10, required=False
            ),
            "work": forms.CharField(label=_("Its work"), max_length=300, required=False),
        }
        for name, field in fields.items():
            field.widget.attrs["class"] = "form-select" if name == "size" else "form-control"
            self.fields[f"sub_{no}_{name}"] = field

    @property
    def specs(self) -> list[Any]:
        """The fields of the items' specifications."""
        return [self[f"spec_{place}"] for place in range(len(self.contract.items))]

    @property
    def lines(self) -> list[list[Any]]:
        """The fields of the subcontractors, line by line."""
        if self.contract.subcontract_limit is None:
            return []
        return [[self[f"sub_{no}_{name}"] for name in SAID] for no in range(1, LINES + 1)]

    def wanted(self) -> Wanted:
        """Give what the side wants changed."""
        given = self.cleaned_data
        return Wanted(
            ground=given["ground"],
            reason=given["reason"],
            delivery=given["delivery"],
            ends_on=given["ends_on"],
            specs={place: given[f"spec_{place}"] for place in range(len(self.contract.items))},
            subcontracts=self._subcontracts() if self.contract.subcontract_limit else None,
        )

    def _subcontracts(self) -> tuple[Subcontract, ...]:
        found = []
        for no in range(1, LINES + 1):
            said = {name: self.cleaned_data[f"sub_{no}_{name}"].strip() for name in SAID}
            if any(said.values()):
                share = share_of_percent(said["share"]) or Decimal(0)
                found.append(
                    Subcontract(said["name"], said["code"].upper(), said["size"], share, said["work"])
                )
        return tuple(found)
