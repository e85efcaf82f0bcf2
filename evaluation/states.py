"""States of an evaluation. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class PanelStatus(StrEnum):
    """Where a panel's work stands.

    Only where technical part and price are sealed apart: `technical` (all is scored, no price is known) and `pricing` (the
    technical result is logged, the prices are being opened). Only where rounds are held: `talking` (with each supplier in
    turn) and `quoting` (final quotes are sealed).
    """

    DRAWN = "drawn"
    REVIEWING = "reviewing"
    TALKING = "talking"
    QUOTING = "quoting"
    SCORING = "scoring"
    TECHNICAL = "technical"
    PRICING = "pricing"
    SCORED = "scored"
    REPORTED = "reported"
    SIGNED = "signed"
    DECIDED = "decided"
    DISSOLVED = "dissolved"


class MemberStatus(StrEnum):
    """Where one member stands; a recused member has left."""

    INVITED = "invited"
    DECLARED = "declared"
    RECUSED = "recused"


class CallStatus(StrEnum):
    """Where the call of a drawn expert stands; `dropped`: the panel needs no answer any more."""

    CALLING = "calling"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    DROPPED = "dropped"


class AttemptOutcome(StrEnum):
    """What one entry of a call's evidence says: it was placed, could not be, or something came back.

    `unclear`: a key that means nothing; `late`: an answer when none was waited for.
    """

    PLACED = "placed"
    FAILED = "failed"
    ANSWERED = "answered"
    UNCLEAR = "unclear"
    LATE = "late"


class SheetStatus(StrEnum):
    """Whether a member's scores are still private."""

    DRAFT = "draft"
    SUBMITTED = "submitted"


class TalkStatus(StrEnum):
    """Whether a supplier still takes part in the talks."""

    OPEN = "open"
    LEFT = "left"


class RoundStatus(StrEnum):
    """Where one talk with one supplier stands.

    `unconfirmed`: the supplier has not signed the minutes, and the team has written down why it goes on.
    """

    RUNNING = "running"
    MINUTED = "minuted"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"


class ChangeStatus(StrEnum):
    """Where a change of a term of the document stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


class QuestionKind(StrEnum):
    """What a bidder is asked in writing: what something means, how a very low quote can be kept, or to confirm its price.

    `correction`: its price contradicts itself, and is put right in the order of the law.
    """

    CLARIFY = "clarify"
    LOW_QUOTE = "low_quote"
    CORRECTION = "correction"


class QuestionStatus(StrEnum):
    """Where a question to one bidder stands.

    `decided`: the panel has found whether a low quote is explained, or the bidder has said whether it confirms its corrected
    price; `withdrawn`: the correction was made by mistake and taken back.
    """

    ASKED = "asked"
    ANSWERED = "answered"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


Q = QuestionStatus
QUESTION_STEPS = (
    Step("draft_answer", frozenset({Q.ASKED}), Q.ASKED, "T-20"),
    Step("answer", frozenset({Q.ASKED}), Q.ANSWERED, "T-20"),
    Step("find", frozenset({Q.ASKED, Q.ANSWERED}), Q.DECIDED, "T-20"),
    Step("confirm", frozenset({Q.ASKED}), Q.DECIDED, "T-19"),
    Step("take_back", frozenset({Q.ASKED}), Q.WITHDRAWN, "T-19"),
)
QUESTION_WORDS: dict[str, str] = {
    Q.ASKED: gettext_noop("waits for the answer"),
    Q.ANSWERED: gettext_noop("answered and signed"),
    Q.DECIDED: gettext_noop("judged by the panel"),
    Q.WITHDRAWN: gettext_noop("taken back"),
}
QUESTION_GLYPHS: dict[str, str] = {
    Q.ASKED: "waiting",
    Q.ANSWERED: "signed",
    Q.DECIDED: "done",
    Q.WITHDRAWN: "done",
}
KIND_WORDS: dict[str, str] = {
    QuestionKind.CLARIFY: gettext_noop("Clarification"),
    QuestionKind.LOW_QUOTE: gettext_noop("Explanation of a low quote"),
    QuestionKind.CORRECTION: gettext_noop("Correction of the price"),
}


class RecheckStatus(StrEnum):
    """Where a score stands that is looked at again; `agreed`: the panel finds it abnormally high or low."""

    RAISED = "raised"
    AGREED = "agreed"
    DISMISSED = "dismissed"
    SETTLED = "settled"


R = RecheckStatus
RECHECK_STEPS = (
    Step("agree", frozenset({R.RAISED}), R.AGREED, "T-23"),
    Step("dismiss", frozenset({R.RAISED}), R.DISMISSED, "T-23"),
    Step("draft_change", frozenset({R.AGREED}), R.AGREED, "T-23"),
    Step("settle", frozenset({R.AGREED}), R.SETTLED, "T-23"),
)
RECHECK_WORDS: dict[str, str] = {
    R.RAISED: gettext_noop("before the panel"),
    R.AGREED: gettext_noop("waits for its member"),
    R.DISMISSED: gettext_noop("stands: the panel does not find it so"),
    R.SETTLED: gettext_noop("looked at again"),
}
RECHECK_GLYPHS: dict[str, str] = {
    R.RAISED: "active",
    R.AGREED: "waiting",
    R.DISMISSED: "done",
    R.SETTLED: "done",
}
TALK_STEPS = (Step("leave", frozenset({TalkStatus.OPEN}), TalkStatus.LEFT, "N-04"),)
K = RoundStatus
ROUND_STEPS = (
    Step("say", frozenset({K.RUNNING}), K.RUNNING, "N-06"),
    Step("write_minutes", frozenset({K.RUNNING, K.MINUTED}), K.MINUTED, "N-06"),
    Step("sign_minutes", frozenset({K.MINUTED}), K.MINUTED, "N-06"),
    Step("confirm", frozenset({K.MINUTED}), K.CONFIRMED, "N-06"),
    Step("give_up", frozenset({K.MINUTED}), K.UNCONFIRMED, "N-06"),
)
SETTLED = frozenset({K.CONFIRMED, K.UNCONFIRMED})
C = ChangeStatus
CHANGE_STEPS = (
    Step("confirm", frozenset({C.PROPOSED}), C.CONFIRMED, "N-06"),
    Step("drop", frozenset({C.PROPOSED}), C.DROPPED, "N-06"),
)
ROUND_WORDS: dict[str, str] = {
    K.RUNNING: gettext_noop("under way"),
    K.MINUTED: gettext_noop("minutes wait for signatures"),
    K.CONFIRMED: gettext_noop("minutes signed by both sides"),
    K.UNCONFIRMED: gettext_noop("minutes not signed by the supplier"),
}
ROUND_GLYPHS: dict[str, str] = {
    K.RUNNING: "active",
    K.MINUTED: "waiting",
    K.CONFIRMED: "signed",
    K.UNCONFIRMED: "held",
}


class DealStatus(StrEnum):
    """Where the price stands that is agreed with a single source."""

    RECORDED = "recorded"
    SIGNED = "signed"
    DECIDED = "decided"


D = DealStatus
DEAL_STEPS = (
    Step("record", frozenset({D.RECORDED}), D.RECORDED, "N-09"),
    Step("sign_off", frozenset({D.RECORDED}), D.SIGNED, "N-09"),
    Step("decide", frozenset({D.SIGNED}), D.DECIDED, "L-16"),
    Step("set_aside", frozenset({D.DECIDED}), D.RECORDED, "L-23"),
)
DEAL_WORDS: dict[str, str] = {
    D.RECORDED: gettext_noop("Written down, waiting for signatures"),
    D.SIGNED: gettext_noop("Signed by both sides"),
    D.DECIDED: gettext_noop("Decided"),
}
DEAL_GLYPHS: dict[str, str] = {D.RECORDED: "waiting", D.SIGNED: "signed", D.DECIDED: "done"}
P = PanelStatus
PANEL_STEPS = (
    Step("begin_review", frozenset({P.DRAWN}), P.REVIEWING, "T-08"),
    Step("begin_rounds", frozenset({P.REVIEWING}), P.TALKING, "N-06"),
    Step("review_again", frozenset({P.SCORING}), P.REVIEWING, "T-11"),
    Step("call_finals", frozenset({P.TALKING}), P.QUOTING, "N-04"),
    Step("begin_scoring", frozenset({P.REVIEWING, P.TALKING, P.QUOTING}), P.SCORING, "T-12"),
    Step("reveal", frozenset({P.SCORING}), P.SCORED, "T-13"),
    Step("reveal_technical", frozenset({P.SCORING}), P.TECHNICAL, "T-13"),
    Step("log_result", frozenset({P.TECHNICAL}), P.PRICING, "sealing.R6"),
    Step("show_prices", frozenset({P.PRICING}), P.SCORED, "T-13"),
    Step("report", frozenset({P.SCORED}), P.REPORTED, "L-16"),
    Step("sign_off", frozenset({P.REPORTED}), P.SIGNED, "L-16"),
    Step("decide", frozenset({P.SIGNED}), P.DECIDED, "L-16"),
    Step("set_aside", frozenset({P.DECIDED}), P.SIGNED, "L-23"),
    Step(
        "dissolve",
        frozenset({P.DRAWN, P.REVIEWING, P.SCORING, P.TECHNICAL, P.SCORED, P.REPORTED}),
        P.DISSOLVED,
        "T-11",
    ),
)
M = MemberStatus
MEMBER_STEPS = (
    Step("declare", frozenset({M.INVITED}), M.DECLARED, "L-29"),
    Step("recuse", frozenset({M.INVITED, M.DECLARED}), M.RECUSED, "L-29"),
)
L = CallStatus
CALL_STEPS = (
    Step("accept", frozenset({L.CALLING}), L.ACCEPTED, "E-02"),
    Step("decline", frozenset({L.CALLING, L.ACCEPTED}), L.DECLINED, "E-02"),
    Step("lapse", frozenset({L.CALLING}), L.LAPSED, "X-30.call_answer"),
    Step("drop", frozenset({L.CALLING, L.ACCEPTED}), L.DROPPED, "T-11"),
)
WAITING = frozenset({L.CALLING, L.ACCEPTED})
CALL_WORDS: dict[str, str] = {
    L.CALLING: gettext_noop("is being called"),
    L.ACCEPTED: gettext_noop("comes"),
    L.DECLINED: gettext_noop("does not come"),
    L.LAPSED: gettext_noop("did not answer in time"),
    L.DROPPED: gettext_noop("no longer called"),
}
CALL_GLYPHS: dict[str, str] = {
    L.CALLING: "waiting",
    L.ACCEPTED: "done",
    L.DECLINED: "failed",
    L.LAPSED: "failed",
    L.DROPPED: "info",
}
DECLINE_GROUNDS: dict[str, str] = {
    "busy": gettext_noop("I have another engagement at that time"),
    "health": gettext_noop("Illness, or another reason of health"),
    "away": gettext_noop("I am too far away to come"),
    "specialty": gettext_noop("This is not my field"),
    "other": gettext_noop("Another reason, given below"),
}
OUTCOME_WORDS: dict[str, str] = {
    AttemptOutcome.PLACED: gettext_noop("placed"),
    AttemptOutcome.FAILED: gettext_noop("could not be placed"),
    AttemptOutcome.ANSWERED: gettext_noop("answered"),
    AttemptOutcome.UNCLEAR: gettext_noop("an answer that means nothing"),
    AttemptOutcome.LATE: gettext_noop("an answer that came too late"),
}
CHANNEL_WORDS: dict[str, str] = {
    "inbox": gettext_noop("Inbox"),
    "email": gettext_noop("E-mail"),
    "sms": gettext_noop("Text message"),
    "voice": gettext_noop("Telephone"),
    "room": gettext_noop("Evaluation room"),
    "clock": gettext_noop("Clock"),
}
SHEET_STEPS = (
    Step("submit", frozenset({SheetStatus.DRAFT}), SheetStatus.SUBMITTED, "T-13"),
    Step("give_back", frozenset({SheetStatus.SUBMITTED}), SheetStatus.DRAFT, "T-11"),
)

AGENDA: tuple[tuple[PanelStatus, str], ...] = (
    (P.DRAWN, gettext_noop("Declarations")),
    (P.REVIEWING, gettext_noop("Qualification and conformity")),
    (P.SCORING, gettext_noop("Scoring, each alone")),
    (P.SCORED, gettext_noop("Ranking")),
    (P.REPORTED, gettext_noop("Report and signatures")),
    (P.SIGNED, gettext_noop("Award decision")),
)
AGENDA_APART: tuple[tuple[PanelStatus, str], ...] = (
    *AGENDA[:3],
    (P.TECHNICAL, gettext_noop("Technical result")),
    (P.PRICING, gettext_noop("Opening of the prices")),
    *AGENDA[3:],
)

AGENDA_ROUNDS: tuple[tuple[PanelStatus, str], ...] = (
    *AGENDA[:2],
    (P.TALKING, gettext_noop("Talks with each supplier")),
    (P.QUOTING, gettext_noop("Final quotes")),
    (P.SCORING, gettext_noop("Scoring, each alone")),
    (P.TECHNICAL, gettext_noop("Who meets the document")),
    (P.PRICING, gettext_noop("Opening of the final quotes")),
    *AGENDA[3:],
)

PANEL_WORDS: dict[str, str] = {
    P.DRAWN: gettext_noop("Panel drawn"),
    P.REVIEWING: gettext_noop("Reviewing"),
    P.TALKING: gettext_noop("Talks with each supplier"),
    P.QUOTING: gettext_noop("Final quotes"),
    P.SCORING: gettext_noop("Scoring"),
    P.TECHNICAL: gettext_noop("Technical part scored"),
    P.PRICING: gettext_noop("Prices are being opened"),
    P.SCORED: gettext_noop("Scored"),
    P.REPORTED: gettext_noop("Report made"),
    P.SIGNED: gettext_noop("Report signed"),
    P.DECIDED: gettext_noop("Award decided"),
    P.DISSOLVED: gettext_noop("Dissolved"),
}
PANEL_GLYPHS: dict[str, str] = {
    P.DRAWN: "waiting",
    P.REVIEWING: "active",
    P.TALKING: "active",
    P.QUOTING: "sealed",
    P.SCORING: "active",
    P.TECHNICAL: "done",
    P.PRICING: "sealed",
    P.SCORED: "done",
    P.REPORTED: "waiting",
    P.SIGNED: "signed",
    P.DECIDED: "done",
    P.DISSOLVED: "failed",
}
FILLED_AT_WORK = frozenset({P.REVIEWING, P.SCORING})
"""Where a lost member is replaced although the work has begun: before anybody sees what the others found."""
FILLED_IN = frozenset({P.DRAWN}) | FILLED_AT_WORK
LOST_GROUNDS: dict[str, str] = {
    "absent": gettext_noop("does not come, or does not come back"),
    "tie": gettext_noop("must avoid this evaluation"),
    "health": gettext_noop("cannot go on for reasons of health"),
    "line": gettext_noop("cannot be reached over the line any more"),
}
REVEALED = frozenset({P.TECHNICAL, P.PRICING, P.SCORED, P.REPORTED, P.SIGNED, P.DECIDED})
"""From the last submitted sheet on, those in the room see every score."""
AFTER_PRICES = REVEALED - {P.TECHNICAL, P.PRICING}
"""From then on a panel of two envelopes knows the prices."""
