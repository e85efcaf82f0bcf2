"""Parties (政府采购当事人): organisations, people, experts, standing; the inbox of each desk.

Law: 《政府采购法》第二章. Owns: User, Organisation, Capacity, Membership, Invitation, Expert, Employment,
Sanction, InboxItem. Others may call: access.Actor and its `require_*` questions;
services.inbox.assign/finish; selectors.
"""
