"""Addresses of bidding."""

from __future__ import annotations

from django.urls import path

from bidding.views import (
    arrivals,
    attempts,
    bids,
    consortia,
    desk,
    drafts,
    hall,
    kits,
    receipts,
    rehearsals,
    securities,
    stamps,
    uploads,
    verify,
)

app_name = "bidding"
urlpatterns = [
    # Addresses are tried in their order: first those that are asked most when time is short.
    path("bids/<uuid:bid_id>/submit", attempts.noted("submit", bids.submit), name="submit"),
    path("uploads/", uploads.collection, name="uploads"),
    path("uploads/<uuid:upload_id>", attempts.noted("upload", uploads.one), name="upload"),
    path("tenders/<uuid:tender_id>/bid/", bids.overview, name="bid"),
    path("tenders/<uuid:tender_id>/bid/arrivals/", arrivals.overview, name="arrivals"),
    path("tenders/<uuid:tender_id>/bid/arrivals.json", arrivals.file, name="arrivals_file"),
    path("tenders/<uuid:tender_id>/bid/begin", bids.begin, name="begin"),
    path("tenders/<uuid:tender_id>/bid/<slug:lot>/prices.xlsx", desk.price_list, name="price_list"),
    path("tenders/<uuid:tender_id>/amendments/<int:number>/seen", desk.see, name="see_amendment"),
    path("tenders/<uuid:tender_id>/rehearse", rehearsals.begin, name="rehearse"),
    path("rehearsals/<uuid:rehearsal_id>/", rehearsals.rehearsal, name="rehearsal"),
    path("rehearsals/<uuid:rehearsal_id>/check", rehearsals.check, name="rehearsal_check"),
    path("rehearsals/<uuid:rehearsal_id>/sign", rehearsals.sign, name="rehearsal_sign"),
    path("rehearsals/<uuid:rehearsal_id>/submit", rehearsals.submit, name="rehearsal_submit"),
    path("rehearsals/<uuid:rehearsal_id>/state.json", rehearsals.state, name="rehearsal_state"),
    path("tenders/<uuid:tender_id>/bid/share", drafts.share, name="share_draft"),
    path("drafts/key", drafts.key, name="draft_key"),
    path("drafts/<uuid:draft_id>/", drafts.team, name="draft"),
    path("drafts/<uuid:draft_id>/name", drafts.name, name="draft_name"),
    path("drafts/<uuid:draft_id>/remove", drafts.remove, name="draft_remove"),
    path("drafts/<uuid:draft_id>/hand-over", drafts.hand_over, name="draft_hand_over"),
    path("drafts/<uuid:draft_id>/delete", drafts.delete, name="draft_delete"),
    path("drafts/<uuid:draft_id>/state.json", drafts.state, name="draft_state"),
    path("drafts/<uuid:draft_id>/parts/<str:part>", drafts.part, name="draft_part"),
    path("drafts/<uuid:draft_id>/sections/<slug:section>", drafts.section, name="draft_section"),
    path("drafts/<uuid:draft_id>/files/<uuid:upload_id>", drafts.file, name="draft_file"),
    path("tenders/<uuid:tender_id>/bid/consortium", consortia.new, name="consortium_new"),
    path("consortia/<uuid:consortium_id>/", consortia.page, name="consortium"),
    path("consortia/<uuid:consortium_id>/sign", consortia.sign, name="consortium_sign"),
    path("consortia/<uuid:consortium_id>/end", consortia.end, name="consortium_end"),
    path("bids/<uuid:bid_id>/state.json", desk.state, name="state"),
    path("bids/<uuid:bid_id>/", bids.seal, name="seal"),
    path("tenders/<uuid:tender_id>/securities/", securities.page, name="securities"),
    *(
        path(
            f"tenders/<uuid:tender_id>/securities/<int:security_id>/{what}",
            securities.act,
            {"what": what},
            name=f"security_{what}",
        )
        for what in ("check", "return", "keep")
    ),
    path("bids/<uuid:bid_id>/params.json", bids.params, name="params"),
    path("bids/<uuid:bid_id>/sign", bids.sign, name="sign"),
    path("bids/<uuid:bid_id>/check", attempts.noted("check", bids.check), name="check"),
    path("bids/<uuid:bid_id>/withdraw", attempts.noted("withdraw", bids.withdraw), name="withdraw"),
    path("bids/<uuid:bid_id>/acknowledgement.json", desk.acknowledgement, name="acknowledgement"),
    path(
        "bids/<uuid:bid_id>/acknowledge", attempts.noted("acknowledge", desk.acknowledge), name="acknowledge"
    ),
    path("bids/<uuid:bid_id>/kit/", kits.kit, name="kit"),
    path("bids/<uuid:bid_id>/kit/request.json", kits.kit_request, name="kit_request"),
    path("bids/<uuid:bid_id>/kit/release", kits.kit_release, name="kit_release"),
    path("receipts/<uuid:receipt_id>/", receipts.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>/receipt.json", receipts.receipt_file, name="receipt_file"),
    path("receipts/<uuid:receipt_id>/stamps.json", receipts.receipt_stamps, name="receipt_stamps"),
    path("receipts/<uuid:receipt_id>/receipt.pdf", receipts.receipt_pdf, name="receipt_pdf"),
    path("verify/", verify.verify, name="verify"),
    path("verify/mingcai-verify.html", verify.verify_saved, name="verify_saved"),
    path("opening/<uuid:tender_id>/<slug:lot>/transcript/", verify.transcript, name="transcript_page"),
    path("opening/<uuid:tender_id>/", hall.hall, name="opening"),
    path("tenders/<uuid:tender_id>/stamps", stamps.deliver, name="stamps"),
    path("opening/<uuid:tender_id>/resolve/", hall.resolve, name="resolve"),
    path("opening/<uuid:tender_id>/minutes/", hall.signed_minutes, name="minutes"),
    path("opening/<uuid:tender_id>/disputes/", stamps.disputes, name="disputes"),
    path("opening/<uuid:tender_id>/attempts/", attempts.overview, name="attempts"),
    path("opening/lines/<uuid:bid_id>/", hall.line, name="line"),
    path("opening/<uuid:tender_id>/<slug:lot>/transcript.json", hall.transcript, name="transcript"),
    path("bid-files/<uuid:file_id>", hall.file, name="file"),
    path("seal/worker.js", bids.worker, name="worker"),
]
