"""The form of a framework's terms: what a call for suppliers fixes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contracting.states import SELECTION_WORDS, Selection
from core.money import UnitPrice
from disclosure.states import MARKETS, Market
from tendering.facts import TenderFacts
from tendering.methods import Invites, method_of
from tendering.states import QUALITY_GROUND_WORDS

USUAL_MONTHS = 12


class FrameworkForm(forms.Form):
    """Elimination rate, term, how orders are given, and a ceiling unit price for each item."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    elimination = forms.DecimalField(
        label=_("Elimination rate (percent)"),
        min_value=0,
        max_value=Decimal("99.99"),
        max_digits=4,
        decimal_places=2,
        help_text=_(
            "Of the suppliers that meet every condition, rounded up; never fewer than the rule asks for."
        ),
    )
    months = forms.IntegerField(label=_("Term (months)"), min_value=1, max_value=60)
    selection = forms.ChoiceField(label=_("How a supplier is chosen for an order"), choices=[])
    answer_hours = forms.IntegerField(
        label=_("Hours in which a supplier answers an order"), min_value=1, max_value=720
    )
    market = forms.ChoiceField(
        label=_("Market in which orders are placed"),
        choices=[],
        required=False,
        help_text=_(
            "Orders of agreement supply, designated supply and the online supermarket have a contract notice of their own type."
        ),
    )
    quality_ground = forms.ChoiceField(
        label=_("Why quality comes first"),
        choices=[],
        required=False,
        help_text=_("Only where suppliers are compared by quality."),
    )

    def __init__(self, *args: Any, tender: TenderFacts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "selection": SELECTION_WORDS,
            "market": {str(one): label for one, (_zh, label) in MARKETS.items()},
            "quality_ground": {"": _("Price comes first"), **QUALITY_GROUND_WORDS},
        }
        for name, words in choices.items():
            self.fields[name].choices = [(key, gettext(str(word))) for key, word in words.items()]  # type: ignore[attr-defined]
        if method_of(tender.method).invites is Invites.ANYTIME:
            for name in ("elimination", "quality_ground"):
                del self.fields[name]
        self.items = {f"{lot.no}-{item.no}": item for lot in tender.lots for item in lot.items}
        for key, item in self.items.items():
            self.fields[f"ceiling_{key}"] = forms.DecimalField(
                label=gettext("Ceiling unit price: %(item)s (yuan per %(unit)s)")
                % {"item": item.name, "unit": item.unit},
                max_digits=18,
                decimal_places=6,
                min_value=Decimal("0.000001"),
                initial=item.ceiling.amount.normalize() if item.ceiling else None,
            )

    @classmethod
    def of(cls, tender: TenderFacts, least: Decimal, data: Any) -> FrameworkForm:
        """Give the form filled in with the draft; `least` is the lowest elimination rate that the rule knows."""
        stated = tender.framework
        initial: dict[str, Any] = {
            "version": tender.version,
            "elimination": _plain((stated.elimination if stated else least) * 100),
            "months": stated.months if stated else USUAL_MONTHS,
            "selection": stated.selection if stated else Selection.DIRECT,
            "answer_hours": stated.answer_hours if stated else 48,
            "quality_ground": stated.quality_ground if stated else "",
            "market": stated.market if stated else Market.E_MALL,
        }
        return cls(data, initial=initial, tender=tender)

    def arguments(self) -> dict[str, Any]:
        """Give what the service takes."""
        said = self.cleaned_data
        names = ("version", "months", "selection", "answer_hours")
        return {
            **{name: said[name] for name in names},
            "quality_ground": said.get("quality_ground", ""),
            "market": said["market"] or Market.E_MALL,
            "elimination": said.get("elimination", Decimal(0)) / 100,
            "ceilings": {key: UnitPrice(said[f"ceiling_{key}"]) for key in self.items},
        }


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
