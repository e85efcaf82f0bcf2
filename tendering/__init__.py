"""Tendering (采购项目): from a plan to the notice, and the procedure's state until it is contracted.

Law: 《政府采购法》第三章、第四章; 财政部令第87号.
Owns: Tender, Lot, Item, Criterion, Document, Amendment, PolicyVersion.
Others may call: services.publishing.publish, services.progress (close, mark_opened, fail, … cancel);
selectors.tender_facts, law_of, open_tenders; access.tender_to_view, tender_to_manage, tender_to_bid.
"""
