"""Anybody reads the register of rules: what is in force on a day, where it stands, what it was before."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from core.law.current import book
from oversight.selectors.register import Filters, in_force

pytestmark = pytest.mark.django_db


def listed(client: Any, **asked: str) -> dict[str, Any]:
    answer = client.get("/api/v1/rules", asked)
    assert answer.status_code == 200
    return {row["key"]: row for row in answer.json()["items"]}


def test_the_register_holds_every_national_value_of_the_day_and_no_other(client: Any) -> None:
    day = date(2026, 11, 21)
    wanted = {rule.key for rule in book().rules if rule.jurisdiction == "CN" and rule.in_force(day)}
    found = listed(client, on=day.isoformat())
    assert set(found) == wanted
    assert all(row["citation"] and row["certainty"] for row in found.values())
    page = client.get("/rules/", {"on": "2026-11-21"}).content.decode()
    assert set(re.findall(r'<code class="quiet">([^<]+)</code>', page)) == {
        row["id"] for row in found.values()
    }


def test_the_register_of_another_day_holds_other_values(client: Any) -> None:
    names = {"on": "2026-01-31", "q": "low_avg_rate"}
    assert not listed(client, **names)
    assert listed(client, **{**names, "on": "2026-02-01"})


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ({"region": "321000", "category": "works", "on": "2025-06-01"}, ["600000"]),
        ({"region": "321002", "category": "works", "on": "2026-06-01"}, ["1000000"]),
        ({"region": "321002", "category": "goods", "on": "2026-06-01", "level": "city"}, ["1000000"]),
    ],
)
def test_a_place_shows_its_own_value_instead_of_the_one_above(
    client: Any, asked: dict[str, str], values: list[str]
) -> None:
    found = listed(client, q="G-06.scattered_limit", **asked)
    own = [row["value"] for row in found.values() if row["jurisdiction"] == "321000"]
    assert own == values


def test_a_filter_keeps_what_holds_for_every_case_and_drops_what_holds_for_others() -> None:
    asked = Filters.of(on=date(2026, 11, 21), category="goods", method="quotation")
    ids = {rule.id for rule in in_force(asked)}
    assert {"L-13.bid_bond_max_rate", "N-03.inquiry_min"} <= ids
    assert not {"L-09.bid_min_days", "S-05.works_price_score_bonus"} & ids


def test_the_page_of_a_rule_shows_its_versions_and_what_each_changed(client: Any) -> None:
    answer = client.get("/api/v1/rules/S-03.sme_deduct").json()
    goods = [row for row in answer["items"] if "goods" in row["category"]]
    assert [(row["since"], row["state"]) for row in goods] == [("2022-07-01", "now"), ("2021-01-01", "past")]
    assert "value" in goods[0]["changed"]
    page = client.get("/rules/S-03.sme_deduct/", headers={"accept-language": "en"}).content.decode()
    for shown in ("6% to 10%", "10% to 20%", "no longer in force", "What changed"):
        assert shown in page


@pytest.mark.parametrize("path", ["/rules/Z-99.nothing/", "/api/v1/rules/Z-99.nothing"])
def test_a_rule_that_nobody_made_is_not_found(client: Any, path: str) -> None:
    assert client.get("/rules/L-09.bid_min_days/").status_code == 200
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "asked", [{"category": "weapons"}, {"certainty": "sure"}, {"region": "999999"}, {"on": "x"}]
)
def test_a_question_that_no_table_knows_is_refused(client: Any, asked: dict[str, str]) -> None:
    assert client.get("/api/v1/rules", asked).status_code == 422
    assert client.get("/rules/", asked).status_code == 422


def test_the_footer_of_every_page_leads_to_the_rules(client: Any) -> None:
    assert 'href="/rules/"' in client.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_value_can_be_said_in_both_languages(client: Any, language: str) -> None:
    for day in ("2021-06-01", "2026-11-21"):
        page = client.get("/rules/", {"on": day}, headers={"accept-language": language})
        assert page.status_code == 200
        assert not re.search(r"of_budget|workday<|%\(value", page.content.decode())
