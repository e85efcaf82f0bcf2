"""Evaluators read the bids in the room: pages that bidders cite, words in all bids, notes that nobody else sees."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from bidding.extracting import searchable
from bidding.models import FileText, OpenedFile, PageText
from bidding.services import texts
from core.audit.models import Entry
from evaluation.citing import Citation, citations
from evaluation.models import Note
from storage.models import Scan
from tests.factories import evaluation as evaluate
from tests.factories.papers import pdf

FILES = ["技术方案.pdf", "营业执照.pdf"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("见技术方案第 12 页", [Citation("技术方案.pdf", 12)]),
        ("营业执照.pdf第3-5页，技术方案 p. 7", [Citation("营业执照.pdf", 3), Citation("技术方案.pdf", 7)]),
        ("第2页；第2页；P9", [Citation("技术方案.pdf", 2), Citation("技术方案.pdf", 9)]),
        ("无偏离，响应时间4小时，HP12", [Citation("技术方案.pdf"), Citation("营业执照.pdf")]),
        ("第0页", [Citation("技术方案.pdf"), Citation("营业执照.pdf")]),
    ],
)
def test_the_pages_that_a_response_names_are_found(said, found):
    assert citations(said, FILES) == found
    assert citations(said, []) == []


def test_words_are_searched_as_people_write_them():
    assert searchable("四 小\n时  响应 Ｔｈｉｎｋ Pad\x00\u200b") == "四小时响应 Think Pad"


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    return evaluate.reached(cast, at, "scoring")


def paper(made: Any, number: int, name: str, content: bytes) -> OpenedFile:
    """The one attachment of a bid, with other content."""
    file = OpenedFile.objects.get(bid__bid=made.bids[number])
    file.stored_as = storages["opened"].save(f"{made.bids[number].pk}/x", ContentFile(content))
    file.name, file.size = name, len(content)
    file.save()
    return file


@pytest.mark.django_db
@pytest.mark.processes
def test_words_of_all_bids_are_read_by_a_confined_process_and_searched_by_the_panel_alone(made, cast):
    good = paper(made, 0, "方案.pdf", pdf("nothing here", "Warranty: four  Hours"))
    broken = paper(made, 1, "坏.pdf", b"%PDF-1.7 nothing")
    found = paper(made, 2, "病毒.pdf", pdf("four hours"))
    Scan.objects.create(
        store="opened", stored_as=found.stored_as, word="found", found="x", at=evaluate.SPRING
    )
    texts.plan(made.tender.id)
    for _ in range(3):
        texts.read(made.tender.id)
    assert dict(FileText.objects.values_list("file", "state")) == {good.pk: "read", broken.pk: "unreadable"}
    assert [row.number for row in PageText.objects.all()] == [1, 2]

    url = f"/rooms/{made.panel_id}/search"
    client = evaluate.client_of(made.actor(made.members[1]))
    answer = client.get(url, {"q": "ＦＯＵＲ　hours", "format": "json"}).json()
    assert [(row["file"], row["page"]) for row in answer["hits"]] == [(str(good.pk), 2)]
    assert set(answer["unsearched"]) == {str(broken.pk), str(found.pk)}
    page = client.get(url, {"q": "four hours"}).content.decode()
    assert "<mark>four Hours</mark>" in page
    assert 'data-page="2"' in page
    assert client.get(url, {"q": "%"}).content.decode().count("<mark>") == 0
    assert evaluate.client_of(cast.supplier_a).get(url, {"q": "four hours"}).status_code == 404


@pytest.mark.django_db
def test_a_files_bytes_go_to_the_reader_and_never_to_a_window(made):
    file = paper(made, 0, "方案.pdf", b"%PDF-1.7 bytes")
    client = evaluate.client_of(made.actor(made.members[1]))
    url = f"/rooms/{made.panel_id}/files/{file.pk}/bytes"
    answer = client.get(url, headers={"sec-fetch-dest": "empty"})
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 bytes"  # type: ignore[attr-defined]
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    for dest in ("document", "iframe", "embed", "object"):
        assert client.get(url, headers={"sec-fetch-dest": dest}).status_code == 404
    Scan.objects.create(store="opened", stored_as=file.stored_as, word="found", found="x", at=evaluate.SPRING)
    assert client.get(url, headers={"sec-fetch-dest": "empty"}).status_code == 404
    policy = client.get("/rooms/reader.js")["Content-Security-Policy"]
    assert policy == "default-src 'none'; script-src 'wasm-unsafe-eval'"


@pytest.mark.django_db
def test_notes_and_marks_are_shown_to_their_own_writer_and_to_nobody_else(made, cast):
    file = paper(made, 0, "方案.pdf", b"%PDF-1.7")
    one, other = (evaluate.client_of(made.actor(member)) for member in made.members[1:3])
    url, secret = f"/rooms/{made.panel_id}/notes", "报价很可疑"
    place = {"bid": str(made.bids[0].pk), "file": str(file.pk), "page": "4"}
    assert (
        secret
        in one.post(
            url, {**place, "text": secret, "marked": "1"}, headers={"HX-Request": "true"}
        ).content.decode()
    )
    assert Note.objects.get().marked
    host = evaluate.client_of(made.host)
    for reader in (other, host):
        for path in (url, f"/rooms/{made.panel_id}/", f"/rooms/{made.panel_id}/room.json"):
            assert secret not in reader.get(path).content.decode()
    assert secret not in str(list(Entry.objects.values_list("facts", flat=True)))
    before = (Note.objects.count(), Entry.objects.count())
    for bad in (
        {"bid": str(made.panel_id)},
        {"file": str(made.panel_id)},
        {"page": "-1"},
        {"page": ""},
        {"file": ""},
    ):
        assert other.post(url, {**place, "text": "x", **bad}).status_code == 404
    assert evaluate.client_of(cast.supplier_a).post(url, {**place, "text": "x"}).status_code == 404
    refused = one.post(url, {**place, "text": "x" * 4001}, headers={"Accept": "application/json"})
    assert refused.status_code == 422
    assert before == (Note.objects.count(), Entry.objects.count())
    one.post(url, {**place, "text": " ", "marked": "0"})
    assert not Note.objects.exists()
