"""What verdicts, codes and keepers' answers mean, in the words of those who read them; msgids only. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import gettext_noop

# code of a verdict (FORMAT.md 6) -> what happened
REASONS: dict[str, str] = {
    "too-few-shares": gettext_noop("Fewer keepers than needed have released their share of it."),
    "bad-share": gettext_noop("A keeper that had confirmed its envelope released a share that does not fit."),
    "bad-kit": gettext_noop(
        "The recovery kit that its bidder handed in is not what the bid was sealed with."
    ),
    "bad-dealing": gettext_noop("Its shares do not belong together: it was sealed wrongly."),
    "missing": gettext_noop("A sealed file is not in the store."),
    "wrong-bytes": gettext_noop("A sealed file in the store is not the one that was submitted."),
    "not-opened": gettext_noop("The platform could not open it, and tried for the whole time it has."),
    "too-large": gettext_noop("It unpacks to more than the format allows."),
    "too-many-files": gettext_noop("It holds more files than the format allows."),
    "undecryptable": gettext_noop("A file does not open with the key that its own record names."),
    "wrong-length": gettext_noop("A file has another length than its record says."),
    "malformed-manifest": gettext_noop("The list of its files cannot be read."),
    "wrong-context": gettext_noop("What is sealed in it belongs to another bid."),
    "wrong-padding": gettext_noop("A file is not padded as the format asks."),
    "wrong-file": gettext_noop("A file is not the one its own list names."),
    "malformed-sheet": gettext_noop("The opening sheet in it cannot be read."),
    "failed-technical": gettext_noop("Its technical part did not pass: the price stays sealed for good."),
    "no-technical": gettext_noop("No technical part was submitted with it: the price stays sealed for good."),
    "lot-failed": gettext_noop(
        "Too few bids of this lot passed the technical part: no price of it is opened."
    ),
}
FAULT_OF: dict[str, str] = {
    "void_bidder": gettext_noop("The bidder is at fault."),
    "void_limits": gettext_noop("The bidder is at fault."),
    "fault_storage": gettext_noop("The storage is at fault, not the bidder."),
    "fault_platform": gettext_noop("The platform is at fault, not the bidder."),
    "fault_keeper": gettext_noop("A keeper is at fault, not the bidder."),
    "waiting_keepers": gettext_noop("The bidder is not at fault."),
}

# what a keeper answered instead of its share (ENTRIES.md) -> what it means, what to do about it
AWAY = (
    gettext_noop("does not answer"),
    gettext_noop("Call the institution: its keeper has to run and be reached from here."),
)
UNSOUND = (
    gettext_noop("does not trust its clock or the log"),
    gettext_noop("Ask the institution to look at its alarms; it goes on by itself once clock and log agree."),
)
PROOF = (
    gettext_noop("withholds its share on proof against the platform"),
    gettext_noop("Only the supervisor ends this, by a resolution that names the close list which counts."),
)
BAD = (
    gettext_noop("released a share that does not fit"),
    gettext_noop("Ask the institution which key it has used; the share was refused and kept as evidence."),
)
OTHER = (
    gettext_noop("refuses its share"),
    gettext_noop("Ask the institution for the reason in its log; a refusal is decided by its own rules."),
)
DENIED = (
    gettext_noop("does not release yet"),
    gettext_noop(
        "Usually too few other keepers have witnessed the log with it: bring the missing ones back first. "
        "The institution’s own log names the rule."
    ),
)
HELD = (
    gettext_noop("waits because the procurement is suspended"),
    gettext_noop("It releases again when the suspension is lifted."),
)
ANSWERS: Mapping[str, tuple[str, str]] = {
    "away": AWAY,
    "not-asked": AWAY,
    "no-trust": UNSOUND,
    "log-unreachable": UNSOUND,
    "log-behind": UNSOUND,
    "log-forked": UNSOUND,
    "clock-differs": UNSOUND,
    "clock-behind": UNSOUND,
    "denied": DENIED,
    "withheld": PROOF,
    "held": HELD,
    "bad-share": BAD,
    "wrong-share": BAD,
    "wrong-commitment": BAD,
    "wrong-context": BAD,
    "undecryptable": BAD,
}


def reason(verdict: str, code: str) -> tuple[str, str]:
    """Give (what happened, whose fault it is) of a verdict that is not "opened"."""
    return REASONS.get(code, ""), FAULT_OF.get(verdict, "")


def answer(code: str) -> tuple[str, str]:
    """Give (what the keeper does, what to do about it)."""
    return ANSWERS.get(code, OTHER)


STEPS: dict[str, str] = {
    "begin": gettext_noop("began a bid"),
    "upload": gettext_noop("uploaded a sealed file"),
    "check": gettext_noop("had a sealed bid checked"),
    "submit": gettext_noop("submitted a bid"),
    "withdraw": gettext_noop("withdrew a bid"),
    "acknowledge": gettext_noop("acknowledged an amendment"),
}
# code of a refused attempt -> what happened, for whoever did not bid
FAILED: dict[str, str] = {
    "accepted": gettext_noop("accepted"),
    "not-submitted": gettext_noop("never submitted"),
    "late": gettext_noop("arrived at the deadline or after it"),
    "keepers-late": gettext_noop("too few keepers had confirmed it before the deadline"),
    "amended": gettext_noop("sealed before an amendment"),
    "quote-final": gettext_noop("one quote was given already and cannot be changed"),
    "already-submitted": gettext_noop("a bid for this lot was submitted already"),
    "replaces-another": gettext_noop("named another bid to be replaced"),
    "nothing-to-withdraw": gettext_noop("there was nothing to withdraw"),
    "nothing-to-acknowledge": gettext_noop("there was nothing to acknowledge"),
    "not-open": gettext_noop("the tender did not accept bids"),
    "not-accepted": gettext_noop("was decided against; see its own row"),
    "not-sealed": gettext_noop("the file was not sealed for this tender"),
    "too-few-keepers": gettext_noop("too few keepers confirmed it"),
    "store-unavailable": gettext_noop("the store of files did not answer"),
    "store-clock-wrong": gettext_noop("the store refused the server’s clock"),
    "clock-disagrees": gettext_noop("the server’s clock and the keepers’ differed"),
    "wrong-state": gettext_noop("the step did not follow"),
    "invalid": gettext_noop("the request was incomplete"),
    "bad-signature": gettext_noop("the signature did not verify"),
    "too-large": gettext_noop("the file was too large"),
    "part-too-large": gettext_noop("a part of the file was too large"),
    "wrong-offset": gettext_noop("a part did not follow the one before"),
    "too-many-uploads": gettext_noop("too many uploads at once"),
    "too-many-unsent": gettext_noop("too many bids were begun"),
}
