"""Pages of the regulator: values and days are drafted, read by a second person, published."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.errors import NotFound
from core.forms import done
from core.law.rule import Rule
from core.workdays import beijing_date
from oversight import access, changes_page, pages, words
from oversight.forms import (
    ApproveForm,
    DayRows,
    DaysForm,
    GuideForm,
    LeafRows,
    NoteForm,
    ValueForm,
    day_rows,
    leaf_rows,
)
from oversight.models import Change
from oversight.selectors import changes as selected
from oversight.services import changes as services
from oversight.states import ChangeKind
from parties.access import Actor


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def to(change: Change) -> HttpResponseRedirect:
    """See other: the page of the change."""
    return HttpResponseRedirect(reverse("oversight:change", args=[change.pk]), status=303)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    jurisdiction = access.jurisdiction_of(actor_of(request))
    context = changes_page.listed(selected.changes_of(jurisdiction), jurisdiction)
    return render(request, "oversight/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def value_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    jurisdiction = access.jurisdiction_of(actor)
    known = selected.editable(jurisdiction, beijing_date(clock.now()))
    base = next((rule for rule in known if rule.key == request.GET.get("rule")), None)
    if base is None:
        return render(request, "oversight/choose_value.html", {"groups": pages.rule_choices(known)})
    form = ValueForm(request.POST or None, base=base, initial=_value_of(base))
    made = done(
        form,
        lambda: services.draft_value(actor=actor, content=form.content(), reason=form.cleaned_data["reason"]),
    )
    return to(made) if made else _value_page(request, form, jurisdiction)


@require_http_methods(["GET", "HEAD", "POST"])
def days_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    jurisdiction = access.jurisdiction_of(actor)
    form, rows = _days_forms(request, selected.days_to_begin_with(jurisdiction, request.GET.get("year", "")))
    made = done(
        form,
        lambda: services.draft_days(actor=actor, **_days_of(form, rows)),
        not form.is_bound or rows.is_valid(),
    )
    return to(made) if made else _days_page(request, form, rows, jurisdiction)


@require_http_methods(["GET", "HEAD", "POST"])
def guide_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    jurisdiction = access.jurisdiction_of(actor)
    form, rows = _guide_forms(request, selected.guide_to_begin_with(jurisdiction))
    made = done(
        form,
        lambda: services.draft_guide(actor=actor, **_guide_of(form, rows)),
        not form.is_bound or rows.is_valid(),
    )
    return to(made) if made else _guide_page(request, form, rows, jurisdiction)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    change = access.change_to_see(actor, change_id)
    if change.kind == ChangeKind.CALENDAR:
        return _edit_days(request, actor, change)
    if change.kind == ChangeKind.CATALOGUE:
        return _edit_guide(request, actor, change)
    form = ValueForm(request.POST or None, base=selected.rule_of(change), initial=_begun(change))
    made = done(form, lambda: services.edit(actor=actor, change_id=change.pk, **_written(form)))
    return to(made) if made else _value_page(request, form, change.jurisdiction)


def _begun(change: Change) -> dict[str, Any]:
    new = selected.rule_of(change)
    said = {"citation": new.citation, "since": new.since, "certainty": new.certainty.value}
    return {**_value_of(new), **said, "reason": change.reason, "version": change.version}


def _written(form: ValueForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {"content": form.content(), "reason": given["reason"], "version": given["version"] or 0}


def _edit_days(request: HttpRequest, actor: Actor, change: Change) -> HttpResponse:
    begin = {
        **change.content,
        "since": change.effective_from,
        "reason": change.reason,
        "version": change.version,
    }
    form, rows = _days_forms(request, begin)
    made = done(
        form,
        lambda: services.edit(
            actor=actor,
            change_id=change.pk,
            version=form.cleaned_data["version"] or 0,
            **_days_of(form, rows),
        ),
        not form.is_bound or rows.is_valid(),
    )
    return to(made) if made else _days_page(request, form, rows, change.jurisdiction)


def _edit_guide(request: HttpRequest, actor: Actor, change: Change) -> HttpResponse:
    said = {"since": change.effective_from, "reason": change.reason, "version": change.version}
    form, rows = _guide_forms(request, {**change.content, **said})
    made = done(
        form,
        lambda: services.edit(
            actor=actor,
            change_id=change.pk,
            version=form.cleaned_data["version"] or 0,
            **_guide_of(form, rows),
        ),
        not form.is_bound or rows.is_valid(),
    )
    return to(made) if made else _guide_page(request, form, rows, change.jurisdiction)


@require_safe
def change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    context = changes_page.one(access.change_to_see(actor, change_id), actor)
    return render(request, "oversight/change.html", {**context, "note_form": NoteForm()})


@require_POST
def submit(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = access.change_to_see(actor, change_id)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _again(request, row, form)
    services.submit(actor=actor, change_id=change_id, version=form.cleaned_data["version"])
    messages.success(request, _("Somebody else of your office can now read and publish it."))
    return to(row)


@require_POST
def send_back(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = access.change_to_see(actor, change_id)
    form = NoteForm(request.POST)
    if done(form, lambda: services.send_back(actor=actor, change_id=change_id, **form.cleaned_data)):
        return to(row)
    return _again(request, row, form)


@require_POST
def approve(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = access.change_to_see(actor, change_id)
    form = ApproveForm(request.POST)
    if done(form, lambda: services.approve(actor=actor, change_id=change_id, **form.cleaned_data)):
        messages.success(request, _("The change is published in the register and in the log."))
        return to(row)
    return _again(request, row, form)


@require_POST
def withdraw(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = access.change_to_see(actor, change_id)
    services.withdraw(actor=actor, change_id=change_id)
    return to(row)


def _again(request: HttpRequest, row: Change, form: Any) -> HttpResponse:
    context = changes_page.one(row, actor_of(request))
    note = form if isinstance(form, NoteForm) else NoteForm()
    return render(request, "oversight/change.html", {**context, "note_form": note, "form": form}, status=422)


def _value_of(rule: Rule) -> dict[str, Any]:
    scopes = {name: sorted(getattr(rule, name)) for name in ("level", "category", "method")}
    return {"value": str(rule.value), "effective_to": rule.effective_to, **scopes}


def _value_page(request: HttpRequest, form: ValueForm, jurisdiction: str) -> HttpResponse:
    context = {"form": form, "base": pages.rule_row(form.base), "place": words.place(jurisdiction)}
    return render(request, "oversight/value_form.html", context, status=422 if form.errors else 200)


def _days_forms(request: HttpRequest, begin: dict[str, Any]) -> tuple[DaysForm, Any]:
    if not begin:
        raise NotFound()
    data = request.POST or None
    initial = [{**day} for day in begin["days"]]
    return DaysForm(data, initial=begin), DayRows(data, initial=initial, prefix="days")


def _days_of(form: DaysForm, rows: Any) -> dict[str, Any]:
    given = form.cleaned_data
    content = {
        "year": given["year"],
        "whole": given["whole"],
        "document": given["document"],
        "days": day_rows(rows),
    }
    return {"content": content, "since": given["since"], "reason": given["reason"]}


def _guide_forms(request: HttpRequest, begin: dict[str, Any]) -> tuple[GuideForm, Any]:
    data = request.POST or None
    return GuideForm(data, initial=begin), LeafRows(data, initial=begin["items"], prefix="items")


def _guide_of(form: GuideForm, rows: Any) -> dict[str, Any]:
    given = form.cleaned_data
    content = {"document": given["document"], "items": leaf_rows(rows)}
    return {"content": content, "since": given["since"], "reason": given["reason"]}


def _guide_page(request: HttpRequest, form: GuideForm, rows: Any, jurisdiction: str) -> HttpResponse:
    context = {"form": form, "rows": rows, "place": words.place(jurisdiction)}
    wrong = bool(form.errors) or (rows.is_bound and not rows.is_valid())
    return render(request, "oversight/guide_form.html", context, status=422 if wrong else 200)


def _days_page(request: HttpRequest, form: DaysForm, rows: Any, jurisdiction: str) -> HttpResponse:
    year = form["year"].value()
    context = {"form": form, "rows": rows, "year": year, "place": words.place(jurisdiction)}
    wrong = bool(form.errors) or (rows.is_bound and not rows.is_valid())
    return render(request, "oversight/days_form.html", context, status=422 if wrong else 200)
