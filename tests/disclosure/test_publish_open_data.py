"""Open data: valid, complete, never skipping, made again in time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from csv import DictReader
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.db import connection, connections, transaction

from config.timers import handlers
from core import clock
from core.timers.models import Timer
from core.timers.services import run_due
from disclosure import bulk, services
from disclosure.ocds.merge import compiled, versioned
from disclosure.selectors import open_data
from tests.disclosure.conftest import order_arguments

SHARED = Path(__file__).resolve().parents[3] / "shared" / "ocds" / "validate.sh"
db = pytest.mark.django_db
needs_validator = pytest.mark.skipif(not SHARED.exists(), reason=f"the OCDS validator {SHARED} is not here")


def validate(tmp_path: Path, files: dict[str, bytes], *options: str) -> str:
    """Have the validator look at files and give its last line; it fails the test if there are errors."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [str(SHARED), *(str(tmp_path / name) for name in files), *options],
        env={**os.environ, "OCDS_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@db
@needs_validator
@pytest.mark.parametrize("options", [("--prefix", "ocds-213czf"), ("--ext", "all", "--local", "--strict")])
def test_a_whole_procedure_and_an_order_are_valid_packages(procedure, client, tmp_path, options):
    bulk.make()
    files = {
        "releases.json": client.get("/open-data/ocds/releases").getvalue(),
        "record.json": client.get(f"/open-data/ocds/records/{procedure['ocid']}").getvalue(),
        "order.json": client.get(f"/open-data/ocds/records/{procedure['order'].ocid}").getvalue(),
        "release.json": client.get(f"/open-data/ocds/releases/{procedure['award'].release_id}").getvalue(),
        "full.jsonl.gz": client.get("/open-data/ocds/full.jsonl.gz").getvalue(),
    }
    said = validate(tmp_path, files, *options)
    assert "errors=0" in said
    tags = [release["tag"] for release in json.loads(files["releases.json"])["releases"]]
    assert tags == [["planning"], ["tender"], ["tenderAmendment"], ["tenderUpdate"], ["award"], ["contract"],
                    ["implementation"], ["award", "contract"]]  # fmt: skip


@db
def test_a_record_has_the_state_after_all_releases_and_the_history_of_each_value(procedure, client):
    record = client.get(f"/open-data/ocds/records/{procedure['ocid']}").json()["records"][0]
    now = record["compiledRelease"]
    assert (now["tag"], now["tender"]["status"]) == (["compiled"], "complete")
    assert len(now["bids"]["details"]) == 3
    assert now["contracts"][0]["implementation"]["acceptances"][0]["result"] == "passed"
    assert now["contracts"][0]["items"][0]["description"] == "台式计算机"
    assert [row["value"] for row in record["versionedRelease"]["tender"]["status"]] == [
        "planning",
        "active",
        "complete",
    ]
    assert len(record["releases"]) == 7
    amendment = now["tender"]["amendments"][0]
    assert amendment["amendsReleaseID"] == procedure["tender_notice"].release_id
    assert amendment["releaseID"] == procedure["amendment"].release_id


def test_merging_follows_the_standard():
    base = compiled(None, {"ocid": "o", "id": "1", "date": "2026-01-01", "tag": ["tender"], "language": "zh",
                           "tender": {"id": "t", "title": "A", "items": [{"id": "1", "quantity": 1}, {"id": "2"}],
                                      "submissionMethod": ["a"]}})  # fmt: skip
    merged = compiled(base, {"ocid": "o", "id": "2", "date": "2026-01-02", "tag": ["tenderUpdate"],
                             "tender": {"title": None, "items": [{"id": 2, "quantity": 5}, {"id": "3"}],
                                        "submissionMethod": ["b"]}})  # fmt: skip
    assert merged["tender"] == {
        "id": "t",
        "items": [{"id": "1", "quantity": 1}, {"id": 2, "quantity": 5}, {"id": "3"}],
        "submissionMethod": ["b"],
    }
    assert (merged["id"], merged["date"], merged["tag"], merged["language"]) == (
        "o-2026-01-02",
        "2026-01-02",
        ["compiled"],
        "zh",
    )
    earlier = compiled(merged, {"ocid": "o", "id": "0", "date": "2025-12-31", "tag": ["planning"]})
    assert earlier["date"] == "2026-01-02"


def test_the_versioned_release_names_the_release_of_every_value():
    releases = [{"ocid": "o", "id": str(n), "date": f"2026-01-0{n}", "tag": ["tender"], "tender": {"id": "t", "status": s}}
                for n, s in ((1, "active"), (2, "active"), (3, "complete"))]  # fmt: skip
    status = versioned(releases)["tender"]["status"]
    assert [(row["releaseID"], row["value"]) for row in status] == [("1", "active"), ("3", "complete")]


@db
def test_a_release_once_read_is_the_same_for_ever(announce, order, client):
    said = announce(ocid="ocds-213czf-x", tag=["tender"], release={"tender": {"id": "1", "status": "active"}})
    url = f"/open-data/ocds/releases/{said.release_id}"
    before = client.get(url)
    order()
    announce(
        ocid="ocds-213czf-x", tag=["tenderUpdate"], release={"tender": {"id": "1", "status": "complete"}}
    )
    assert client.get(url).getvalue() == before.getvalue()
    assert client.get(url, headers={"If-None-Match": before["ETag"]}).status_code == 304


@db
@pytest.mark.requirement("S003-49")
def test_members_that_no_schema_of_ours_knows_are_kept_and_given_out_by_the_versioned_api(announce, client):
    local = {"x_330000_energy": {"grade": "1", "saved": ["3.50", None]}, "x_330000_flag": True}
    ocid = services.new_ocid()
    said = announce(
        ocid=ocid,
        tag=["tender"],
        facts=local,
        release={"tender": {"id": "1", "status": "active", **local}, "x_330000_top": "甲"},
    )
    announce(ocid=ocid, tag=["tenderUpdate"], release={"tender": {"id": "1", "status": "complete"}})
    facts = client.get(f"/api/v1/notices/{said.id}").json()["content"]["facts"]
    assert {name: facts[name] for name in local} == local
    release = client.get(f"/open-data/ocds/releases/{said.release_id}").json()["releases"][0]
    record = client.get(f"/open-data/ocds/records/{ocid}").json()["records"][0]["compiledRelease"]
    for body in (release, record):
        assert body["x_330000_top"] == "甲"
        assert {name: body["tender"].get(name) for name in local} == local
    assert (release["tender"]["status"], record["tender"]["status"]) == ("active", "complete")
    assert client.get(f"/api/v2/notices/{said.id}").status_code == 404


@db
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_following_next_gives_every_release_once_in_order(order, client, limit):
    said = [order(order_no=f"DD-{n}").ocid for n in range(5)]
    url, found = f"/open-data/ocds/releases?limit={limit}", []
    while url:
        answer = client.get(url)
        body = json.loads(answer.getvalue())
        found += [release["ocid"] for release in body["releases"]]
        url = body["links"].get("next")
    assert found == said
    late = order(order_no="DD-late").ocid
    again = json.loads(client.get(f"/open-data/ocds/releases?cursor={answer['X-Cursor']}").getvalue())
    assert [release["ocid"] for release in again["releases"]] == [late]


@db
def test_since_leaves_out_what_was_published_before(order, client, at):
    start = clock.now()
    order()
    at(start + timedelta(hours=2))
    later = order().ocid
    since = (start + timedelta(hours=1)).isoformat()
    body = json.loads(client.get("/open-data/ocds/releases", {"since": since}).getvalue())
    assert [release["ocid"] for release in body["releases"]] == [later]


@db
@pytest.mark.parametrize(
    ("name", "value"), [("cursor", "x"), ("limit", "0"), ("limit", "1001"), ("since", "x")]
)
def test_a_bad_parameter_of_the_feed_is_a_problem(client, name, value):
    answer = client.get("/open-data/ocds/releases", {name: value})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert list(answer.json()["errors"]) == [name]


def _in_thread(work):
    errors = []

    def run():
        try:
            work()
        except Exception as error:  # noqa: BLE001 - shown by the test
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.errors = errors
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_sees_a_later_release_before_an_earlier_one(cast):
    """A publisher that commits late holds the others back; what a reader has seen has no hole behind it."""
    began, may_commit = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            services.record_transaction(**order_arguments(cast, order_no="DD-slow"))
            began.set()
            may_commit.wait(10)

    def quick():
        began.wait(10)
        services.record_transaction(**order_arguments(cast, order_no="DD-quick"))

    threads = [_in_thread(slow), _in_thread(quick)]
    began.wait(10)
    time.sleep(0.5)
    seen_early = [row.body for row in open_data.releases(after=0, since=None, limit=10)[0]]
    connection.close()
    may_commit.set()
    for thread in threads:
        thread.join(20)
        assert not thread.errors
    rows, _ = open_data.releases(after=0, since=None, limit=10)
    assert seen_early == []
    assert ["DD-slow" in rows[0].body, "DD-quick" in rows[1].body] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_the_feed_read_while_many_publish_skips_nothing(cast):
    made, seen, last, done = [], [], 0, threading.Event()

    def publisher(number):
        for turn in range(6):
            said = services.record_transaction(**order_arguments(cast, order_no=f"DD-{number}-{turn}"))
            made.append(said.ocid)

    threads = [_in_thread(lambda n=n: publisher(n)) for n in range(4)]
    while not done.is_set():
        if not any(thread.is_alive() for thread in threads):
            done.set()
        rows, _ = open_data.releases(after=last, since=None, limit=3)
        while rows:
            seen += [row.ocid for row in rows]
            last = rows[-1].seq
            rows, _ = open_data.releases(after=last, since=None, limit=3)
    assert [thread.errors for thread in threads] == [[], [], [], []]
    assert len(seen) == len(set(seen)) == 24
    assert set(seen) == set(made)


@db
def test_bulk_files_hold_every_process_once_and_say_their_hashes(procedure, client):
    bulk.make()
    listed = {row["name"]: row for row in bulk.index()["files"]}
    assert set(listed) == {"2026.jsonl.gz", "full.csv", "full.jsonl.gz", "full.xlsx", "items.csv"}
    page = client.get("/open-data/").content.decode()
    sums = client.get("/open-data/ocds/sha256sum.txt").getvalue().decode()
    for name, row in listed.items():
        answer = client.get(f"/open-data/ocds/{name}")
        data = answer.getvalue()
        assert "Content-Encoding" not in answer
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
        assert int(answer["Content-Length"]) == len(data)
        assert row["sha256"] in page
        assert f"{row['sha256']}  {name}" in sums
        assert (
            client.get(f"/open-data/ocds/{name}", headers={"If-None-Match": answer["ETag"]}).status_code
            == 304
        )
    lines = gzip.decompress(client.get("/open-data/ocds/full.jsonl.gz").getvalue()).decode().splitlines()
    assert sorted(json.loads(line)["ocid"] for line in lines) == sorted(
        [procedure["ocid"], procedure["order"].ocid]
    )
    rows = list(
        DictReader(io.StringIO(client.get("/open-data/ocds/full.csv").getvalue().decode("utf-8-sig")))
    )
    assert {row["award_value"] for row in rows} == {"1100000.00", "9600.21"}
    items = list(
        DictReader(io.StringIO(client.get("/open-data/ocds/items.csv").getvalue().decode("utf-8-sig")))
    )
    assert {row["brand"] for row in items} == {"", "示例牌"}
    book = openpyxl.load_workbook(
        io.BytesIO(client.get("/open-data/ocds/full.xlsx").getvalue()), read_only=True
    )
    assert book.sheetnames == ["awards", "items"]
    assert len(list(book["awards"].rows)) == 3


@db
def test_published_text_is_no_formula_in_a_spreadsheet(order, cast, client):
    line = {**order_arguments(cast)["items"][0], "name": "=HYPERLINK(1)"}
    order(items=[line])
    bulk.make()
    for path in ("/open-data/ocds/items.csv", "/transactions/download.csv"):
        assert "'=HYPERLINK(1)" in client.get(path).getvalue().decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get("/open-data/ocds/full.xlsx").getvalue()))
    assert book["items"]["D2"].data_type == "s"


@db
def test_each_publication_is_in_the_bulk_file_within_a_minute(order, at, client):
    start = clock.now()
    at(start)
    for turn in range(3):
        said = order()
        at(start + timedelta(minutes=5 * turn, seconds=59))
        assert run_due(handlers()) == 1
        data = gzip.decompress(client.get("/open-data/ocds/full.jsonl.gz").getvalue()).decode()
        assert said.ocid in data
        assert not Timer.objects.filter(verb="disclosure.bulk", done_at=None).exists()
        at(start + timedelta(minutes=5 * (turn + 1)))


@db
def test_many_publications_ask_for_the_bulk_files_once(order, announce):
    for _ in range(4):
        order()
        announce()
    assert Timer.objects.filter(verb="disclosure.bulk").count() == 1


@db
def test_before_the_first_bulk_file_the_reader_is_told_to_come_back(client):
    answer = client.get("/open-data/ocds/full.jsonl.gz")
    assert (answer.status_code, answer.json()["code"]) == (503, "bulk-not-ready")
    assert client.get("/open-data/").status_code == 200
    bulk.make()
    assert client.get("/open-data/ocds/full.jsonl.gz").status_code == 200
    assert client.get("/open-data/ocds/other.zip").status_code == 404


@db
def test_a_reader_under_way_can_finish_while_new_files_are_made(order, client):
    order()
    bulk.make()
    answer = client.get("/open-data/ocds/full.jsonl.gz")
    order()
    bulk.make()
    assert len(gzip.decompress(answer.getvalue()).decode().splitlines()) == 1
    assert len([path for path in bulk.folder().iterdir() if path.is_dir()]) == 2


@db
def test_our_extensions_are_served_where_packages_say(client, order):
    order()
    package = json.loads(client.get("/open-data/ocds/releases").getvalue())
    for url in package["extensions"]:
        if "/open-data/" in url:
            path = url[url.index("/open-data/") :]
            said = json.loads(client.get(path).getvalue())
            for file in [*said["schemas"], *(f"codelists/{name}" for name in said["codelists"])]:
                assert client.get(path.replace("extension.json", file)).status_code == 200
    assert client.get("/open-data/ocds/extensions/itemAttributes/v1/../../x").status_code == 404
    assert client.get("/open-data/ocds/extensions/nothing/v1/extension.json").status_code == 404


@db
def test_the_atom_feed_has_the_newest_notices_that_match(announce, client):
    announce(title="甲校采购")
    announce(title="乙校采购", region="320100")
    everything = client.get("/feeds/notices.atom").content.decode()
    assert everything.index("乙校采购") < everything.index("甲校采购")
    assert "乙校采购" not in client.get("/feeds/notices.atom?region=330000").content.decode()
    assert "甲校采购" not in client.get("/feeds/notices.atom?type=award").content.decode()
    assert (
        client.get("/feeds/notices.atom?region=999999", headers={"Accept": "application/json"}).status_code
        == 422
    )
