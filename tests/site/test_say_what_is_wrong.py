"""What a service finds wrong with a field is said with its numbers filled in, on pages and to programs."""

from __future__ import annotations

import pytest
from django import forms
from django.utils import translation

from core.errors import Invalid, gettext_noop
from core.forms import done
from core.http import problem
from evaluation.views.manners import words
from parties.forms import Form

WRONG = {"text": gettext_noop("Write between 1 and %(longest)s characters.")}


class Note(forms.Form):
    text = forms.CharField()


class Desk(Form):
    text = forms.CharField()


def refuse() -> None:
    raise Invalid(errors=WRONG, longest=300)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_numbers_stand_in_what_is_said_of_a_field(language: str) -> None:
    refused = Invalid(errors=WRONG, longest=300)
    form, desk = Note({"text": "x"}), Desk({"text": "x"})
    with translation.override(language):
        assert done(form, refuse) is None
        desk.is_valid()
        desk.refuse(refused)
        said = [
            *form.errors["text"],
            *desk.errors["text"],
            problem(refused)["errors"]["text"],
            words(refused),
        ]
    assert all("300" in text and "%(" not in text for text in said)
    assert form.data["text"] == "x"
