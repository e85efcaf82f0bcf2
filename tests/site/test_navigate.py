"""The areas of work are on every page of somebody who is signed in."""

from __future__ import annotations

from typing import Any

import pytest

from config.navigation import AREAS

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S003-01", "S004-36")
def test_every_desk_finds_execution_management_service_and_analysis_with_working_pages(
    cast: Any, signed_in: Any
) -> None:
    seen = set()
    for actor in (cast.purchaser, cast.agency, cast.supplier_a, cast.supervisor, cast.experts[0]):
        client = signed_in(actor)
        areas = client.get("/desk").context["work_areas"]
        seen |= {area["label"] for area in areas}
        for area in areas:
            for entry in area["items"]:
                assert client.get(entry["url"], follow=True).status_code == 200, (actor.label, entry)
    assert len(seen) == len(AREAS) == 4


def test_nobody_signed_in_sees_no_area_of_work(client: Any) -> None:
    assert client.get("/").context["work_areas"] == []


def test_the_deadline_calculator_answers_for_a_period_across_a_holiday(client: Any) -> None:
    answer = client.get("/api/v1/tools/deadline?start=2026-09-28&count=5&unit=workday&roll=false")
    assert answer.json() == {"last_day": "2026-10-10", "provisional": False}


def test_the_deadline_calculator_says_what_is_wrong_with_a_parameter(client: Any) -> None:
    answer = client.get("/api/v1/tools/deadline?start=2026-13-01&count=5")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert "start" in answer.json()["errors"]


def test_a_page_that_does_not_exist_is_a_page_of_this_site(client: Any) -> None:
    answer = client.get("/nothing-here/")
    assert answer.status_code == 404
    assert "明采" in answer.content.decode()


def test_an_address_typed_with_a_slash_too_many_leads_to_its_page(cast: Any, signed_in: Any) -> None:
    answer = signed_in(cast.purchaser).get("/desk/?page=2")
    assert (answer.status_code, answer["Location"]) == (301, "/desk?page=2")


def test_a_slash_too_many_does_not_open_what_is_not_there(client: Any) -> None:
    assert client.get("/nothing-here/").status_code == 404
    assert client.post("/desk/").status_code == 404
