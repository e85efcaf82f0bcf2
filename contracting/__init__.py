"""Contracting (合同与框架协议): what has been agreed, by whom it is signed, and how it was performed.

Law: 《政府采购法》第五章; 《实施条例》第四十七条至第五十二条; 《政府采购框架协议采购方式管理暂行办法》(财政部令第110号).
Owns: Contract, Alteration, Signature, Delivery, Acceptance, Payment; FrameworkAgreement, AgreementItem, Entrant, EntrantPrice.
Others may call: services.contracts.form; services.agreements.create_agreement, admit; services.caps.draw_cap,
release_cap; selectors.contract_facts, contracts_of_source, agreement_facts, entrant_facts; facts.ContractTerms.
"""
