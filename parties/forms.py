"""Forms of parties: they parse and say what is missing; services decide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock, regions
from core.errors import Invalid, gettext_noop
from core.http import said, said_of_fields
from core.law.sme import industries, thresholds_of
from core.money import Yuan
from parties.states import MARK_WORDS, REGISTER_WORDS, Kind, Role, Size, Tie

KIND_NAMES = {
    Kind.PURCHASER: _("Purchaser"),
    Kind.AGENCY: _("Procurement agency"),
    Kind.SUPPLIER: _("Supplier"),
    Kind.SUPERVISOR: _("Supervisor"),
}
ROLE_NAMES = {
    Role.ADMIN: _("Administrator: everything, and the people of the desk"),
    Role.HANDLER: _("Handler: prepares and carries out"),
    Role.APPROVER: _("Approver: decides what handlers prepare"),
    Role.VIEWER: _("Viewer: reads only"),
}
ROLE_WORDS = {
    Role.ADMIN: _("Administrator"),
    Role.HANDLER: _("Handler"),
    Role.APPROVER: _("Approver"),
    Role.VIEWER: _("Viewer"),
}
SIZE_NAMES = {
    Size.MICRO: _("Micro enterprise"),
    Size.SMALL: _("Small enterprise"),
    Size.MEDIUM: _("Medium enterprise"),
    Size.LARGE: _("Large enterprise"),
}
TIE_NAMES = {
    Tie.EMPLOYEE: _("Employed there"),
    Tie.DIRECTOR: _("Director or supervisor there"),
    Tie.CONTROLLER: _("Shareholder or controller"),
    Tie.KIN: _("Relative of somebody responsible there"),
}
LEVEL_NAMES = {
    "": _("Not a budget unit"),
    "central": _("Central"),
    "province": _("Province"),
    "city": _("City"),
    "county": _("County"),
    "township": _("Township"),
}


class SignUpForm(forms.Form):
    """What every new person gives besides the address; allauth builds its own forms on it."""

    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput({"autocomplete": "name"})
    )
    field_order = ("name", "email", "password1", "password2")

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Do nothing more: the adapter stores the name with the new person."""


class RegionPicker(forms.Widget):
    """Three selects, province to county; the deepest one chosen counts. Works without scripts, one step at a time."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        """Give the deepest code that lies below the one above it."""
        chosen = str(data.get(name, ""))
        for level in range(3):
            code = str(data.get(f"{name}_{level}", ""))
            if not code:
                break
            if level and not _lies_in(code, chosen):
                break
            chosen = code
        return chosen

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Tell whether the picker was not part of what was sent."""
        return name not in data and f"{name}_0" not in data

    def id_for_label(self, id_: str) -> str:
        """Point the label to the first select."""
        return f"{id_}_0" if id_ else id_

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Give the selects for what is chosen so far, and the next one."""
        given = {**(attrs or {})}
        return mark_safe(  # noqa: S308 - rendered by a template that escapes
            render_to_string(
                "parties/_region_picker.html",
                {
                    "name": name,
                    "id": given.pop("id", f"id_{name}"),
                    "levels": levels(value or ""),
                    "attrs": given,
                },
            )
        )


def _lies_in(code: str, above: str) -> bool:
    try:
        return bool(above) and regions.get(code).parent == regions.get(above).code
    except regions.UnknownRegion:
        return False


def levels(code: str) -> list[dict[str, Any]]:
    """Give what each select offers and which one is chosen, down to the level below `code`."""
    try:
        way = regions.path(code) if code else ()
    except regions.UnknownRegion:
        way = ()
    offers = [regions.provinces(), *(regions.children(region.code) for region in way)]
    return [
        {"n": n, "offered": offered, "chosen": way[n].code if n < len(way) else ""}
        for n, offered in enumerate(offers[:3])
        if offered
    ]


class RegionField(forms.CharField):
    """A code of GB/T 2260."""

    widget = RegionPicker

    def clean(self, value: Any) -> str:
        """Give six digits of a known region."""
        code = super().clean(value)
        if not code:
            return ""
        try:
            return regions.get(code).code
        except regions.UnknownRegion as error:
            raise forms.ValidationError(_("Choose the region.")) from error


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class Form(forms.Form):
    """A form whose errors can also come from a service that refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def refuse(self, error: Invalid) -> None:
        """Show what a service found wrong beside the fields it named."""
        for name, message in said_of_fields(error).items():
            self.add_error(name if name in self.fields else None, message)
        if not error.errors:
            self.add_error(None, said(error) or gettext(error.title))


class ParticularsForm(Form):
    """Name, address and contact of an organisation."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=200)
    name_en = forms.CharField(label=_("English name"), max_length=200, required=False)
    legal_representative = forms.CharField(label=_("Legal representative"), max_length=100)
    address = forms.CharField(label=_("Address"), max_length=300)
    contact_name = forms.CharField(label=_("Contact"), max_length=100)
    contact_phone = forms.CharField(label=_("Telephone"), max_length=30)
    size = forms.ChoiceField(
        label=_("Size of the enterprise"),
        choices=[("", _("Not an enterprise")), *SIZE_NAMES.items()],
        required=False,
        help_text=_("As you declare it for this year; purchasers rely on it for small-enterprise rules."),
    )
    industry = forms.CharField(label=_("Industry"), max_length=50, required=False)
    budget_level = forms.ChoiceField(
        label=_("Budget level"), choices=list(LEVEL_NAMES.items()), required=False
    )

    def particulars(self) -> dict[str, str]:
        """Give what `services.organisations` takes."""
        return {name: self.cleaned_data.get(name, "") for name in ParticularsForm.base_fields}


class RegisterForm(ParticularsForm):
    """Everything needed to register an organisation once."""

    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=18,
        min_length=18,
        help_text=_("18 places; the last one checks the others."),
    )
    region = RegionField(label=_("Region"))
    kinds = forms.MultipleChoiceField(
        label=_("Takes part as"), choices=list(KIND_NAMES.items()), widget=forms.CheckboxSelectMultiple
    )
    basis = forms.CharField(
        label=_("Basis of authority"),
        max_length=300,
        required=False,
        help_text=_(
            "For supervisors, purchasers and agencies: the document that gives the authority, with its number."
        ),
    )
    field_order = ("credit_code", "name", "name_en", "region", "kinds", "basis")

    def clean(self) -> dict[str, Any]:
        """A purchaser says at which level its budget is: the thresholds of the law depend on it."""
        given = super().clean() or {}
        if Kind.PURCHASER in given.get("kinds", ()) and not given.get("budget_level"):
            self.add_error(
                "budget_level", _("Say at which level the budget is: the limits of the law depend on it.")
            )
        return given


class ApplyForm(Form):
    """Another capacity for the same organisation."""

    kind = forms.ChoiceField(label=_("Takes part as"), choices=list(KIND_NAMES.items()))
    basis = forms.CharField(label=_("Basis of authority"), max_length=300, required=False)


class DecideForm(Form):
    """What a supervisor decides about an application."""

    verb = forms.ChoiceField(
        choices=[("verify", _("Verify")), ("refuse", _("Refuse")), ("suspend", _("Suspend"))],
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Owed to whoever is refused or suspended."),
    )


class InviteForm(Form):
    """Somebody for this desk."""

    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=list(ROLE_NAMES.items()), initial=Role.HANDLER)


class RoleForm(Form):
    """Another role for a person of this desk."""

    role = forms.ChoiceField(label=_("Role"), choices=list(ROLE_NAMES.items()))


class ColleagueForm(Form):
    """A colleague who takes over."""

    to = forms.ChoiceField(label=_("Open items go to"), required=False)

    def __init__(
        self, *args: Any, colleagues: list[tuple[str, str]], required: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        nobody = [] if required else [("", _("Nobody; nothing is open"))]
        self.fields["to"].choices = [*nobody, *colleagues]  # type: ignore[attr-defined]
        self.fields["to"].required = required


class DeputyForm(Form):
    """A colleague who stands in, and when."""

    deputy = forms.ChoiceField(label=_("Deputy"))
    first = forms.DateField(label=_("First day"), widget=DateInput)
    last = forms.DateField(label=_("Last day"), widget=DateInput)

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"].choices = colleagues  # type: ignore[attr-defined]

    def period(self) -> tuple[datetime, datetime]:
        """Give the half-open period of whole days, Beijing time."""
        return day_start(self.cleaned_data["first"]), day_start(self.cleaned_data["last"] + timedelta(days=1))


def day_start(day: date) -> datetime:
    """Give the instant at which a day begins in Beijing."""
    return datetime.combine(day, time(), clock.BEIJING)


class ExpertForm(Form):
    """Title and specialties of an expert."""

    title = forms.CharField(label=_("Professional title"), max_length=100)
    specialties = forms.CharField(
        label=_("Specialties"),
        max_length=400,
        help_text=_("Item codes of the procurement catalogue, such as A02 or C0301, separated by commas."),
    )
    phone = forms.RegexField(
        r"^\+?[0-9][0-9 -]{4,20}$",
        label=_("Telephone"),
        required=False,
        help_text=_("By which the platform calls you when you are drawn; nobody else sees it."),
        error_messages={"invalid": _("Give digits, such as 13900000000.")},
    )

    def codes(self) -> list[str]:
        """Give the item codes as typed."""
        return [code for code in re.split(r"[\s,，、;；]+", self.cleaned_data["specialties"]) if code]


class ExpertApplyForm(ExpertForm):
    """First entry into the register."""

    region = RegionField(label=_("Region"))


class TieForm(Form):
    """Where an expert works or worked, and other ties."""

    organisation_name = forms.CharField(label=_("Name of the organisation"), max_length=200)
    credit_code = forms.CharField(label=_("Unified social credit code"), max_length=18, min_length=18)
    tie = forms.ChoiceField(label=_("Tie"), choices=list(TIE_NAMES.items()))
    since = forms.DateField(label=_("First day"), widget=DateInput)
    until = forms.DateField(label=_("Last day"), widget=DateInput, required=False)


class EndTieForm(Form):
    """The last day of a tie."""

    until = forms.DateField(label=_("Last day"), widget=DateInput)


class SanctionForm(Form):
    """A bad record."""

    credit_code = forms.CharField(label=_("Unified social credit code"), max_length=18, min_length=18)
    name = forms.CharField(label=_("Name of the organisation"), max_length=200)
    mark = forms.ChoiceField(
        label=_("What the record is"),
        choices=[(str(mark), _(word)) for mark, word in MARK_WORDS.items()],
        help_text=_("A ban stands while it is in force; a grave violation for three years after it."),
    )
    fine = forms.DecimalField(
        label=_("Amount of the fine (yuan)"),
        required=False,
        max_digits=18,
        decimal_places=2,
        help_text=_("Only a large fine stands against taking part."),
    )
    kind = forms.CharField(label=_("Kind of record"), max_length=40)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))
    citation = forms.CharField(label=_("Decision and its number"), max_length=200)
    since = forms.DateField(label=_("First day"), widget=DateInput)
    until = forms.DateField(label=_("Last day"), widget=DateInput, required=False)


class CreditNoteForm(Form):
    """What somebody found in the credit registers by hand; `suppliers` maps credit codes to names."""

    field_order = ("credit_code", "listed", "remark", "file")
    listed = forms.MultipleChoiceField(
        label=_("Registers that list it"),
        choices=[(str(one), _(word)) for one, word in REGISTER_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Leave all open when no register lists it."),
    )
    remark = forms.CharField(label=_("Where and how you asked"), max_length=500)
    file = forms.FileField(label=_("Printout of the query"))

    def __init__(self, *args: Any, suppliers: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_code"] = forms.ChoiceField(label=_("Supplier"), choices=list(suppliers.items()))
        self.order_fields(self.field_order)


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 2}))


class AddressForm(Form):
    """An e-mail address."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput({"autocomplete": "email"}))


def again(form: Form) -> Form:
    """Give `form` with what was typed and no complaints: the next step of a region was asked for, not the end."""
    form.errors.clear()
    return form


class SizeForm(Form):
    """The measures of an enterprise, of last year."""

    MEASURES: ClassVar[dict[str, str]] = {
        "staff": gettext_noop("Staff"),
        "revenue": gettext_noop("Revenue of the year"),
        "assets": gettext_noop("Total assets"),
    }

    industry = forms.ChoiceField(label=_("Industry"), choices=[])
    staff = forms.IntegerField(
        label=_("Staff, in persons"), min_value=0, max_value=10_000_000, required=False
    )
    revenue = forms.DecimalField(
        label=_("Revenue of the year, in ten thousand yuan"),
        min_value=0,
        max_digits=14,
        decimal_places=4,
        required=False,
    )
    assets = forms.DecimalField(
        label=_("Total assets, in ten thousand yuan"),
        min_value=0,
        max_digits=14,
        decimal_places=4,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["industry"].choices = [("", _("Choose an industry")), *industries().items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the measures by which the chosen industry is told."""
        given = super().clean() or {}
        for one in thresholds_of(given["industry"]) if given.get("industry") else ():
            if given.get(one.measure) is None and one.measure not in self.errors:
                self.add_error(one.measure, _("This industry is told by this measure: give it."))
        return given

    def clean_revenue(self) -> Yuan | None:
        return self._yuan("revenue")

    def clean_assets(self) -> Yuan | None:
        return self._yuan("assets")

    def _yuan(self, name: str) -> Yuan | None:
        given = self.cleaned_data[name]
        return Yuan(given * 10_000) if given is not None else None
