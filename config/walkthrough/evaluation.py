"""Panel, room, report, award and contract, as host, five evaluators, purchaser and winner do them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from config.walkthrough.person import Failed, Person, forms_of
from config.walkthrough.socket import Follower
from config.walkthrough.walk import Walk, wait_for

ROOM_SECONDS = 60.0


def _role_of(walk: Walk, user_name: str) -> str:
    for role, row in walk.accounts.items():
        if row["name"] == user_name:
            return role
    raise Failed(f"no account is called {user_name}")


def sign_form(person: Person, path: str, offer: dict[str, Any], **values: str) -> Any:
    """Touch the passkey for what the server offers (`purpose`, `payload_hash`) and send the form with it."""
    credential = person.sign(offer["purpose"], offer["payload_hash"])
    return person.post(path, {"credential": json.dumps(credential), **values})


def panel(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The host draws the panel; each member declares that nothing ties it to a bidder."""
    host, tender = walk.person("purchaser"), walk.made["tender"]
    path = f"/tenders/{tender}/panel/"
    offered = host.json(path)
    people = [row for row in offered["representatives"] if row["name"] == walk.accounts["purchaser"]["name"]]
    host.post(path, {"representative": people[0]["user"]})
    room = host.json(path)["panel"]
    state = host.json(f"/rooms/{room}/room.json")
    members = {row["name"]: _role_of(walk, row["name"]) for row in state["members"]}
    for role in members.values():
        member = walk.person(role)
        own = member.json(f"/rooms/{room}/room.json")
        sign_form(member, own["urls"]["declare"], own["you"]["sign"])
        member.post(own["urls"]["present"], {})
    return path, {"room": room, "members": list(members.values())}


def evaluate(walk: Walk) -> tuple[str, dict[str, Any]]:
    """Conditions are reviewed, each member scores alone, a lost line misses nothing; the last sheet reveals all."""
    host, room = walk.person("purchaser"), walk.made["room"]
    at = f"/rooms/{room}"
    host.post(f"{at}/advance", {"verb": "begin_review"})
    state = host.json(f"{at}/room.json")
    kinds = {row["criterion"]: row["kind"] for row in state["conditions"]}
    expert = walk.person(next(role for role in walk.made["members"] if role.startswith("expert")))
    for row in state["unreviewed"]:
        by = host if kinds[row["criterion"]] == "qualification" else expert
        by.post(
            f"{at}/review", {"bid": row["bid"], "criterion": row["criterion"], "passed": "1", "reason": ""}
        )
    host.post(f"{at}/advance", {"verb": "begin_scoring"})
    quotes = {row["bid"]: row["quote"] for row in state["bids"]}
    order = sorted(quotes, key=lambda bid: float(quotes[bid]))
    with Follower(walk.base, f"room.{room}", expert) as before:
        before.until("agenda.scoring", ROOM_SECONDS)
    for number, role in enumerate(walk.made["members"]):
        _score(walk.person(role), at, order, number)
    with Follower(walk.base, f"room.{room}", expert, after=before.after) as again:
        missed = again.until("agenda.scored", ROOM_SECONDS)
    submitted = [frame for frame in missed if frame["type"] == "sheet.submitted"]
    if len(submitted) != len(walk.made["members"]):
        raise Failed(
            f"the reconnected client saw {len(submitted)} of {len(walk.made['members'])} submissions"
        )
    return f"{at}/", {"sheets": len(submitted), "frames": again.after}


def _score(member: Person, at: str, order: list[str], number: int) -> None:
    state = member.json(f"{at}/room.json")
    for cell in state["cells"]:
        highest = float(cell["max"])
        place = order.index(cell["bid"])
        if cell["kind"] == "objective":
            value = highest * (1.0 - 0.1 * place)
        else:
            value = highest * (0.85 - 0.07 * place) - 0.5 * number
        body = {"bid": cell["bid"], "criterion": cell["criterion"], "value": f"{value:.2f}", "reason": ""}
        answer = member.http.post(
            f"{at}/score",
            data={"csrfmiddlewaretoken": member.token(), **body},
            headers={"Accept": "application/json", "Referer": member.base + at},
        )
        if answer.status_code != 200 or not answer.json()["saved"]:
            raise Failed(f"POST {at}/score: {answer.status_code} {answer.text[:300]}")
        if answer.json()["needs_reason"]:
            member.post(f"{at}/score", {**body, "reason": "响应与要求差距明显，见投标文件第三章。"})
    member.post(f"{at}/submit", {})


def report(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The host makes the report from the record; every member signs it with one touch."""
    host, room = walk.person("purchaser"), walk.made["room"]
    host.post(f"/rooms/{room}/report", {})
    for role in walk.made["members"]:
        member = walk.person(role)
        offer = member.json(f"/rooms/{room}/report/")
        sign_form(member, f"/rooms/{room}/report/sign", offer)
    done = host.json(f"/rooms/{room}/report/")
    if len(done["signatures"]) != len(walk.made["members"]) or done["flaws"]:
        raise Failed(f"the report is not whole: {done['flaws']}")
    return f"/rooms/{room}/report/", {"report": done["digest"]}


def award(walk: Walk) -> tuple[str, dict[str, Any]]:
    """The purchaser awards the first candidate; the notice, the letter and the others' results follow."""
    host, tender = walk.person("purchaser"), walk.made["tender"]
    path = f"/tenders/{tender}/award/"
    offer = host.json(path)
    sign_form(host, path, offer)
    decided = host.json(path)["awards"]
    if not decided or not decided[0]["contract"]:
        raise Failed("no contract was formed from the award")
    notice = wait_for(
        "the award notice",
        lambda: walk.public().json("/api/v1/notices", q=walk.made["mark"], type="award")["items"],
        30,
    )[0]
    roles = {row["organisation"]: role for role, row in walk.accounts.items() if role.startswith("supplier")}
    winner = roles[decided[0]["supplier"]]
    walk.person(winner).get(f"/tenders/{tender}/result/")
    loser = next(role for role in walk.made["receipts"] if role != winner)
    walk.person(loser).get(f"/tenders/{tender}/result/")
    case = walk.public().json(f"/notices/{notice['id']}/recompute.json")
    _recompute(case, decided[0])
    return f"/notices/{notice['id']}/", {
        "award": decided[0]["id"],
        "award_notice": notice["id"],
        "contract": decided[0]["contract"],
        "winner": winner,
    }


def _recompute(case: dict[str, Any], decided: dict[str, Any]) -> None:
    """Recompute the published award as anyone can."""
    from evaluation.scoring.recompute import recompute

    result = recompute(case)
    first = [row["id"] for row in result["ranking"] if row["rank"] == 1]
    if decided["bid"] not in first:
        raise Failed(f"recomputing the award gives {first}, not {decided['bid']}")


def contract(walk: Walk) -> tuple[str, dict[str, Any]]:
    """Both sides sign the contract; its notice is published."""
    at = f"/contracts/{walk.made['contract']}/"
    # Who ran the procurement does not review its contract; with the purchaser's signature the notice is published.
    reviewer = "purchaser_colleague" if "purchaser_colleague" in walk.accounts else "purchaser"
    for role in (walk.made["winner"], reviewer):
        person = walk.person(role)
        forms = [form for form in forms_of(person.get(at).text) if "data-sign-hash" in form.attributes]
        if not forms:
            raise Failed(f"{at}: {role} is not asked to sign")
        given = forms[0].attributes
        offer = {"purpose": given["data-sign-purpose"], "payload_hash": given["data-sign-hash"]}
        sign_form(person, urljoin(at, "sign"), offer)
    notice = wait_for(
        "the contract notice",
        lambda: walk.public().json("/api/v1/notices", q=walk.made["mark"], type="contract")["items"],
        60,
    )[0]
    return f"/notices/{notice['id']}/", {"contract_notice": notice["id"], "ocid_checked": notice["ocid"]}
