"""Disclosure (信息公开): statutory notices, transaction records, the public portal and open data.

Law: 《政府采购信息发布管理办法》(财政部令第101号); 财库〔2015〕135号; 财库〔2017〕86号.
Owns: Notice, Release, Record, Transaction, Counter, and the bulk files under `VAR/open-data`.
Others may call: services.publish, services.record_transaction, services.new_ocid, services.import_external,
bulk.make; ocds (builders of release sections); states.NoticeType, Mode, Market; selectors.

The rule of this package: the public reads published notices and records only, never working tables.
What stands in `publish(sections=…, facts=…, release=…)` is public from the commit on and can only be
corrected, never changed.
"""
