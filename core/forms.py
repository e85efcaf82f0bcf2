"""How a form meets a service: refusals become errors of the form, input stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.utils.translation import gettext

from core.errors import Refused
from core.http import said, said_of_fields

Done = TypeVar("Done")
_SHOWN = frozenset({409, 422})


def done(form: forms.Form, act: Callable[[], Done], ready: bool = True) -> Done | None:
    """Do `act` if the form is valid and the rest is `ready`; what a service refuses becomes errors of the form.

    Then None is given. Errors of fields that the form does not have stand at its top. Refusals of permission and
    absence are raised.
    """
    if not form.is_bound or not form.is_valid() or not ready:
        return None
    try:
        return act()
    except Refused as refused:
        if refused.status not in _SHOWN:
            raise
        errors = said_of_fields(refused)
        for name, message in errors.items():
            form.add_error(name if name in form.fields else None, message)
        if not errors:
            form.add_error(None, said(refused) or gettext(refused.title))
        return None
