"""Scoring: from quotes and scores to a ranking, with exact decimals and in public.

Pure: no Django, no clock, no network. `recompute.recompute` is the whole award from its published inputs.
Law: 财政部令第87号第三十一条、第五十四条至第五十七条; 财库〔2014〕214号第二十四条; 财库〔2020〕46号;
财库〔2026〕2号.
"""
