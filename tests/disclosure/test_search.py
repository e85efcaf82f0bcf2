"""Finding text: the same on every back end, and what a plain look at the text would find."""

from __future__ import annotations

import random

import pytest

from disclosure import search
from disclosure.models import Notice, Transaction
from tests.disclosure.conftest import notice_arguments

pytestmark = pytest.mark.django_db

WORDS = [
    "台式计算机",
    "便携式计算机",
    "计算机房空调",
    "打印机",
    "北环路罩面工程",
    "ＡＢＣ-123 型",
    "Straße",
    "物业服务",
    "空气消毒机",
    "机",
]


@pytest.fixture
def corpus(cast):
    from disclosure import services

    chance = random.Random(7)
    texts = {}
    for number in range(30):
        title = f"{chance.choice(WORDS)}{chance.choice(WORDS)} {chance.choice(WORDS)} no{number}"
        said = services.publish(
            **notice_arguments(cast, title=title, title_en="", sections=[{"text": "正文"}])
        )
        texts[said.id] = Notice.objects.get(pk=said.id).search_text
    return texts


QUERIES = [
    "机", "计算机", "算机", "机机", "台式", "式计", "计算机房", "算机便", "北环路 机", "no1", "no12", "abc",
    "ABC-123", "c-1", "strasse", "ss", "空气消毒机", "消毒 台式", "%", "_", "'", '"', "a", "不存在",
    "计算机 计算机", "示例路1号", "\\", "机 no7", "*", "机*",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_search_finds_exactly_the_texts_that_contain_every_term_newest_first(corpus, query):
    found = list(search.find(Notice.objects.all(), query).values_list("pk", flat=True))
    expected = [
        id for id, text in corpus.items() if all(term in text for term in search.normalised(query).split())
    ]
    assert found == expected[::-1]


def test_pairs_that_stand_apart_are_no_match(cast):
    from disclosure import services

    services.publish(**notice_arguments(cast, title="甲乙 乙丙", title_en="", sections=[{"text": "x"}]))
    assert search.find(Notice.objects.all(), "甲乙丙").count() == 0
    assert search.find(Notice.objects.all(), "乙丙").count() == 1


def test_an_empty_query_finds_everything(corpus):
    assert search.find(Notice.objects.all(), "  ").count() == len(corpus)


def test_transaction_records_are_found_by_item_party_and_number(order, cast):
    said = order(order_no="DD-777")
    for query in ("便携", "示例牌 X1", "DD-777", cast.supplier_a.org_name):
        assert [row.pk for row in search.find(Transaction.objects.all(), query)] == [said.id]
    assert not search.find(Transaction.objects.all(), "打印机")
