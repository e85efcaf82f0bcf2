"""Evaluation (评审): panel and recusal, review, score sheets, report, award (定标).

Law: 财政部令第87号第四章; 《政府采购法实施条例》第四十三条; 财库〔2016〕198号.
Owns: Panel, Member, Review, Sheet, Score, Report, Award; `scoring` is pure and stands alone.
Others may call: services.panels, services.scoring, services.reporting, services.awards; selectors.
"""
