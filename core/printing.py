"""Pages for paper: HTML to PDF, without fetching anything."""

from __future__ import annotations


def pdf(text: str) -> bytes:
    """Give the PDF of an HTML text that has everything inside: only data addresses are read."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    inside = URLFetcher(allowed_protocols={"data"})
    made: bytes = HTML(string=text, url_fetcher=inside).write_pdf()
    return made
