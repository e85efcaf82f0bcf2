"""What can be wrong with an age file; every refusal names one public outcome."""

from __future__ import annotations


class AgeError(Exception):
    """An age file that is refused; `outcome` is the public name of the refusal."""

    outcome = "header failure"


class HeaderFailure(AgeError):
    """The header breaks the grammar, or a stanza of a known type has the wrong shape."""


class NoMatch(AgeError):
    """The header is sound, but no identity at hand unwraps the file key."""

    outcome = "no match"


class HmacFailure(AgeError):
    """A file key was unwrapped, but the header is not the one that was written with it."""

    outcome = "HMAC failure"


class PayloadFailure(AgeError):
    """The payload is cut, extended or changed; what came before the bad chunk is authentic but not whole."""

    outcome = "payload failure"


class ArmorFailure(AgeError):
    """The ASCII armor is not strict PEM."""

    outcome = "armor failure"


class BadKey(ValueError):
    """The text is no recipient, no identity, or not of a type known here."""
