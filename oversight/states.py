"""States of a change of the law's values or days: which verb leads from where to where. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import gettext_noop
from core.transitions import Step


class ChangeStatus(StrEnum):
    """Where a change stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ChangeKind(StrEnum):
    """What a change is of."""

    RULE = "rule"
    CALENDAR = "calendar"
    CATALOGUE = "catalogue"


S = ChangeStatus
STEPS = (
    Step("edit", frozenset({S.DRAFT}), S.DRAFT, ""),
    Step("submit", frozenset({S.DRAFT}), S.SUBMITTED, ""),
    Step("send_back", frozenset({S.SUBMITTED}), S.DRAFT, ""),
    Step("approve", frozenset({S.SUBMITTED}), S.PUBLISHED, ""),
    Step("withdraw", frozenset({S.DRAFT, S.SUBMITTED}), S.WITHDRAWN, ""),
)
STATUS_WORDS: dict[str, str] = {
    S.DRAFT: gettext_noop("Draft"),
    S.SUBMITTED: gettext_noop("Waiting for a second person"),
    S.PUBLISHED: gettext_noop("Published"),
    S.WITHDRAWN: gettext_noop("Withdrawn"),
}
GLYPHS: dict[str, str] = {S.DRAFT: "waiting", S.SUBMITTED: "active", S.PUBLISHED: "done", S.WITHDRAWN: "held"}


class AnnouncementStatus(StrEnum):
    """Where a notice that a regulator writes stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


A = AnnouncementStatus
ANNOUNCEMENT_STEPS = (
    Step("edit", frozenset({A.DRAFT}), A.DRAFT, "D-10.regulatory_notice"),
    Step("submit", frozenset({A.DRAFT}), A.SUBMITTED, "D-10.regulatory_notice"),
    Step("send_back", frozenset({A.SUBMITTED}), A.DRAFT, "D-10.regulatory_notice"),
    Step("publish", frozenset({A.SUBMITTED}), A.PUBLISHED, "D-10.regulatory_notice"),
    Step("withdraw", frozenset({A.DRAFT, A.SUBMITTED}), A.WITHDRAWN, "D-10.regulatory_notice"),
)
EVERY = frozenset({"title", "matter", "completed_on"})
"""What every notice that a regulator writes must say."""
WRITTEN: dict[str, frozenset[str]] = {
    "inspection_decision": frozenset({"concerned", "number", "basis", "outcome"}),
    "agency_assessment": frozenset({"concerned", "outcome"}),
    "dishonesty_record": frozenset(
        {"concerned", "credit_code", "number", "basis", "outcome", "mark", "since"}
    ),
    "other": frozenset({"basis"}),
}
"""Types of notice that a regulator writes by hand, with what each must say beside that.

Source: 财库〔2015〕135号 (监督检查处理结果、集中采购机构考核结果、违法失信行为记录).
"""


class Subject(StrEnum):
    """What a challenge is about."""

    DOCUMENTS = "documents"
    OPENING = "opening"
    EVALUATION = "evaluation"
    RESULT = "result"


class ChallengeStatus(StrEnum):
    """Where a challenge (质疑) stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class ComplaintStatus(StrEnum):
    """Where a complaint (投诉) stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CORRECTING = "correcting"
    ACCEPTED = "accepted"
    DECIDED = "decided"
    REFUSED = "refused"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What a reply or a decision finds."""

    REJECTED = "rejected"
    PARTLY = "partly"
    UPHELD = "upheld"


class Effect(StrEnum):
    """What a decision does to the procedure. Source: 财政部令第94号第三十一条、第三十二条."""

    NONE = "none"
    RUN_AGAIN = "run_again"
    VOID_NEXT = "void_next"
    VOID_AGAIN = "void_again"
    RESCIND = "rescind"
    DAMAGES = "damages"


H = ChallengeStatus
CHALLENGE_STEPS = (
    Step("edit", frozenset({H.DRAFT}), H.DRAFT, "Q-02"),
    Step("submit", frozenset({H.DRAFT}), H.SUBMITTED, "L-27.query_submit"),
    Step("reply", frozenset({H.SUBMITTED}), H.ANSWERED, "L-27.query_reply"),
    Step("withdraw", frozenset({H.DRAFT, H.SUBMITTED}), H.WITHDRAWN, ""),
)
C = ComplaintStatus
COMPLAINT_STEPS = (
    Step("edit", frozenset({C.DRAFT, C.CORRECTING}), C.DRAFT, "Q-05"),
    Step("submit", frozenset({C.DRAFT}), C.SUBMITTED, "L-27.complaint_submit"),
    Step("ask_to_correct", frozenset({C.SUBMITTED}), C.CORRECTING, "Q-06.complaint_correction"),
    Step("refer", frozenset({C.SUBMITTED}), C.REFERRED, "Q-06.complaint_not_competent"),
    Step("refuse", frozenset({C.SUBMITTED, C.CORRECTING}), C.REFUSED, "Q-06.complaint_examine"),
    Step("accept", frozenset({C.SUBMITTED}), C.ACCEPTED, "Q-06.complaint_examine"),
    Step("answer", frozenset({C.ACCEPTED}), C.ACCEPTED, "Q-06.respondent_answer"),
    Step("stop_clock", frozenset({C.ACCEPTED}), C.ACCEPTED, "Q-07"),
    Step("restart_clock", frozenset({C.ACCEPTED}), C.ACCEPTED, "Q-07"),
    Step("suspend", frozenset({C.ACCEPTED}), C.ACCEPTED, "L-27.suspend_max"),
    Step("decide", frozenset({C.ACCEPTED}), C.DECIDED, "L-27.complaint_decide"),
    Step("withdraw", frozenset({C.DRAFT, C.SUBMITTED, C.CORRECTING, C.ACCEPTED}), C.WITHDRAWN, ""),
)
SUBJECT_WORDS: dict[str, str] = {
    Subject.DOCUMENTS: gettext_noop("The procurement documents"),
    Subject.OPENING: gettext_noop("The opening"),
    Subject.EVALUATION: gettext_noop("The evaluation"),
    Subject.RESULT: gettext_noop("The result"),
}
CHALLENGE_WORDS: dict[str, str] = {
    H.DRAFT: gettext_noop("Draft"),
    H.SUBMITTED: gettext_noop("Waiting for the reply"),
    H.ANSWERED: gettext_noop("Answered"),
    H.WITHDRAWN: gettext_noop("Withdrawn"),
}
COMPLAINT_WORDS: dict[str, str] = {
    C.DRAFT: gettext_noop("Draft"),
    C.SUBMITTED: gettext_noop("Being examined"),
    C.CORRECTING: gettext_noop("To be corrected"),
    C.ACCEPTED: gettext_noop("Accepted, being decided"),
    C.DECIDED: gettext_noop("Decided"),
    C.REFUSED: gettext_noop("Not accepted"),
    C.REFERRED: gettext_noop("Another office is competent"),
    C.WITHDRAWN: gettext_noop("Withdrawn"),
}
DISPUTE_GLYPHS: dict[str, str] = {
    C.DRAFT: "draft",
    C.SUBMITTED: "waiting",
    C.CORRECTING: "warning",
    C.ACCEPTED: "active",
    C.DECIDED: "done",
    C.REFUSED: "failed",
    C.REFERRED: "next",
    C.WITHDRAWN: "held",
    H.ANSWERED: "done",
}
OUTCOME_WORDS: dict[str, str] = {
    Outcome.REJECTED: gettext_noop("Rejected"),
    Outcome.PARTLY: gettext_noop("Upheld in part"),
    Outcome.UPHELD: gettext_noop("Upheld"),
}
EFFECT_WORDS: dict[str, str] = {
    Effect.NONE: gettext_noop("The procurement goes on as it stands"),
    Effect.RUN_AGAIN: gettext_noop("The procurement is run again"),
    Effect.VOID_NEXT: gettext_noop("The award is void; another candidate is determined"),
    Effect.VOID_AGAIN: gettext_noop("The award is void; the procurement is run again"),
    Effect.RESCIND: gettext_noop("The contract is to be rescinded"),
    Effect.DAMAGES: gettext_noop("The contract is performed; who caused the loss answers for it"),
}
