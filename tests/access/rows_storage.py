"""Addresses of storage: files by token, on the origin of files alone; here there is no such origin."""

from __future__ import annotations

from tests.access.matrix import NOBODY, Row

ROWS = [Row("storage:file", {"token": "nothing"}, NOBODY, refused={404})]
