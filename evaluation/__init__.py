"""Evaluation (评审与定标): from opened bids to a ranked list that anybody can recompute, and the award.

Law: 《政府采购法》第三十六条至第四十三条; 财政部令第87号第四章; 财政部令第74号; 财库〔2014〕214号;
财库〔2026〕2号. Owns: scoring/ (pure: the award from its published inputs). Others may call:
scoring.recompute.recompute, scoring.committee.committee_for, scoring.framework.most_admitted.
"""
