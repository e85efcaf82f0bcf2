"""Findings about who may take part, as sentences in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from parties.eligibility import Finding


def said(finding: Finding) -> str:
    """Give a finding as a sentence."""
    facts = {name: gettext(value) if value else "" for name, value in finding.facts.items()}
    return gettext(finding.text) % facts
