"""Put releases and records into the packages of OCDS 1.1, as text, without reading their bodies again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from disclosure.ocds.text import dumps

_REGISTERED = (
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_{}_extension/{}/extension.json"
)
EXTENSIONS = (
    *(
        _REGISTERED.format(name, version)
        for name, version in (
            ("bid", "v1.1.5"),
            ("lots", "v1.1.5"),
            ("process_title", "v1.1.5"),
            ("awardCriteria", "master"),
            ("bidOpening", "master"),
            ("communication", "master"),
            ("contract_completion", "master"),
            ("contract_suppliers", "master"),
            ("pagination", "master"),
            ("partyDetails_scale", "master"),
            ("submissionTerms", "master"),
            ("suitability", "master"),
            ("techniques", "master"),
        )
    ),
)
"""Extensions of the registry that releases may use."""
LOCAL = ("itemAttributes", "acceptances")
"""Extensions that this site serves itself."""


def head(*, uri: str, site: str, publisher: str, licence: str, published: str) -> dict[str, Any]:
    """Give what stands before the releases or records of every package."""
    return {
        "uri": uri,
        "version": "1.1",
        "extensions": [
            *EXTENSIONS,
            *(f"{site}/open-data/ocds/extensions/{name}/v1/extension.json" for name in LOCAL),
        ],
        "publishedDate": published,
        "publisher": {"name": publisher, "uri": site},
        "license": licence,
        "publicationPolicy": f"{site}/open-data/policy/",
    }


def stream(top: dict[str, Any], name: str, bodies: Iterable[str]) -> Iterator[str]:
    """Write a package piece by piece: `top`, then the array `name` of bodies that are JSON already."""
    yield dumps(top)[:-1] + f',"{name}":['
    for number, body in enumerate(bodies):
        yield f",{body}" if number else body
    yield "]}"
