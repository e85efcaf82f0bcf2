"""Addresses of parties."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from parties.views import (
    desk,
    experts,
    organisations,
    people,
    qualification,
    recovery,
    sign,
    sizes,
    standing,
)

of_parties = [
    path("organisation", organisations.organisation, name="organisation"),
    path("organisation/edit", organisations.edit, name="organisation_edit"),
    path("organisation/evidence", qualification.evidence, name="evidence"),
    path("organisation/evidence/<uuid:evidence_id>", qualification.evidence_file, name="evidence_file"),
    path(
        "organisation/evidence/<uuid:evidence_id>/withdraw",
        qualification.evidence_withdraw,
        name="evidence_withdraw",
    ),
    path("organisation/control", qualification.control, name="control"),
    path("organisation/control/<int:holder_id>/end", qualification.control_end, name="control_end"),
    path("organisation/apply", organisations.apply, name="capacity_apply"),
    path("organisation/people", people.people_page, name="people"),
    path("organisation/people/invite", people.invite, name="invite"),
    path("organisation/people/<uuid:membership_id>", people.person, name="person"),
    path(
        "organisation/invitations/<uuid:invitation_id>/withdraw", people.withdraw, name="invitation_withdraw"
    ),
    path("organisation/recoveries/<uuid:recovery_id>", people.approve_recovery, name="recovery_approve"),
    path("organisations/new", organisations.register, name="organisation_new"),
    path("invitations/<str:token>", people.invitation, name="invitation"),
    path("capacities", organisations.capacities, name="capacities"),
    path("capacities/<int:capacity_id>", organisations.capacity, name="capacity"),
    path("expert", experts.expert, name="expert"),
    path("expert/ties", experts.tie_add, name="tie_add"),
    path("expert/ties/<int:employment_id>/end", experts.tie_end, name="tie_end"),
    path("experts", experts.register, name="experts"),
    path("experts/<uuid:expert_id>/decide", experts.decide, name="expert_decide"),
    path("sanctions", standing.sanctions, name="sanctions"),
    path("sanctions/<int:sanction_id>/lift", standing.lift, name="sanction_lift"),
    path("sme-size", sizes.size, name="size"),
    path("sme-size/declare", sizes.declare, name="size_declare"),
    path("regions/pick", organisations.region_pick, name="region_pick"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk", desk.desk, name="desk"),
    path("board/", desk.board, name="board"),
    path("desk/calendar.ics", desk.calendar, name="desk_calendar"),
    path("display", desk.display, name="display"),
    path("desk/switch", desk.switch, name="desk_switch"),
    path("desk/items/<uuid:item_id>/take", desk.take, name="desk_item_take"),
    path("desk/items/<uuid:item_id>/put-away", desk.put_away, name="desk_item_put_away"),
    path("sign/begin", sign.begin, name="sign_begin"),
    path("recover", recovery.ask, name="recover_key"),
    path("recover/stop", recovery.stop_own, name="recover_key_stop"),
    path("recover/<str:token>", recovery.use, name="recover_key_use"),
    path("", include((of_parties, "parties"))),
]
