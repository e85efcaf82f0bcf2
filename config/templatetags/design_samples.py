"""Invented material for the living page of the design: one of everything the components show."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django import forms, template
from django.utils.translation import gettext as _

from core import clock

register = template.Library()


class SampleForm(forms.Form):
    """A form with one field of each kind, filled in wrongly so that the errors show."""

    name = forms.CharField(max_length=200)
    amount = forms.DecimalField(max_digits=18, decimal_places=2, widget=forms.TextInput())
    method = forms.ChoiceField()
    packaging = forms.ChoiceField(widget=forms.RadioSelect)
    agreed = forms.BooleanField()
    remarks = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "name": _("Name of the purchase"),
            "amount": _("Budget in yuan"),
            "method": _("Method"),
            "packaging": _("Paper documents"),
            "agreed": _("I have read the documents"),
            "remarks": _("Remarks"),
        }
        for field, label in labels.items():
            self.fields[field].label = label
        self.fields["amount"].help_text = _("Digits and a point, for example 1250000.00")
        self.fields["amount"].widget.attrs.update(inputmode="decimal", **{"class": "num"})
        self.fields["method"].choices = [  # type: ignore[attr-defined]
            ("open", _("Open tendering")),
            ("consultation", _("Competitive consultation")),
        ]
        self.fields["packaging"].choices = [("no", _("No paper documents")), ("yes", _("Sent by post"))]  # type: ignore[attr-defined]


def _acts(now: datetime) -> list[dict[str, Any]]:
    rule = {
        "citation": "《政府采购法》第三十五条",
        "certainty": _("full text"),
        "value": _("20 days"),
        "rule_id": "L-09",
    }
    return [
        {
            "at": now - timedelta(days=23),
            "title": _("Notice published"),
            "who": _("Yubei District Education Commission"),
            "rule": {**rule, "how": _("20 days after the documents are issued, counted from the next day")},
        },
        {
            "at": now - timedelta(days=3, hours=2),
            "title": _("Bid sealed"),
            "who": _("one of the suppliers"),
            "kind": "sealed",
            "proof": sha256(b"a sealed record").hexdigest(),
            "detail": _("Four of five keepers confirmed that they can open it."),
        },
        {"at": now, "title": _("Bids are opened"), "kind": "opened", "state": "now"},
        {"at": now + timedelta(days=2), "title": _("Evaluation"), "state": "next"},
        {"at": None, "title": _("Award"), "state": "next"},
    ]


@register.simple_tag
def design_samples() -> dict[str, Any]:
    """One of everything the living page shows."""
    now = clock.now()
    return {
        "due": now + timedelta(days=3, hours=4),
        "last_hour": now + timedelta(minutes=41),
        "now": now,
        "amount": Decimal("1234567.80"),
        "hash": sha256(b"mingcai").hexdigest(),
        "rule": {
            "citation": "《政府采购法》第三十五条",
            "value": _("20 days"),
            "certainty": _("full text"),
            "rule_id": "L-09.bid_min_days",
            "how": _("20 days after the documents are issued, counted from the next day"),
        },
        "acts": _acts(now),
        "form": SampleForm({"name": "", "amount": "12x", "method": "open", "remarks": ""}),
        "fresh_form": SampleForm(),
        "chips": [
            {"text": _("Laptops"), "remove_url": "#filters"},
            {"text": _("Hangzhou"), "remove_url": "#filters"},
            {"text": _("over ¥5,000"), "remove_url": "#filters"},
        ],
        "prices": [4899, 4850, 4920, 4780, 4700, 4710, 4650],
        "volume": [
            {"label": f"{month}", "values": [goods, works, services]}
            for month, goods, works, services in (
                (6, 182, 240, 96), (7, 204, 221, 131), (8, 168, 305, 120), (9, 241, 278, 142), (10, 260, 190, 155),
                (11, 231, 246, 171),
            )
        ],
        "series": [_("Goods"), _("Works"), _("Services")],
        "rows": [
            {"name": _("Laptop, 14 inch, 16 GB, domestic processor"), "supplier": _("Qiming Technology"), "quantity": 40,
             "unit": Decimal("4650.00"), "total": Decimal("186000.00"), "market": Decimal("4890"), "kind": "done",
             "word": _("delivered")},
            {"name": _("Printer, A4, duplex"), "supplier": _("Jiangnan Office Supplies"), "quantity": 12,
             "unit": Decimal("1180.00"), "total": Decimal("14160.00"), "market": Decimal("1090"), "kind": "late",
             "word": _("late")},
            {"name": _("Cleaning of two school buildings, one year"), "supplier": _("Hejing Property Services"),
             "quantity": 1, "unit": Decimal("298000.00"), "total": Decimal("298000.00"), "market": Decimal("305000"),
             "kind": "waiting", "word": _("waiting for acceptance")},
        ],
    }  # fmt: skip
