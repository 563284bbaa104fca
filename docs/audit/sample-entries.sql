-- title: Give me a sample of entries to check against the meters
-- title_zh: 抽取分录样本，与计量表核对
-- text: Every so manieth entry, beginning with a chosen one: the same numbers give the same sample in every copy of the ledger.
-- text_zh: 从选定分录起等距抽取。参数相同，任何账本副本抽出的样本都相同。
-- section: sample
-- order: 120
-- param: every integer 700 | Distance between two entries. | 两条分录的间隔。
-- param: first integer 1 | Number of the first one. | 首条分录的编号。
select entry, coalesce(meter, document_no, commodity) as what, from_account, to_account, local_day,
       quantity, unit, document, line_first, line_last
from entry_view
where entry >= cast(:first as integer)
  and (entry - cast(:first as integer)) % cast(:every as integer) = 0
order by entry
