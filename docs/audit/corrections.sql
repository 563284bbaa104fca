-- title: What was corrected, by how much, and why?
-- title_zh: 更正了什么、更正多少、原因何在？
-- text: Entries of corrections and reversals. Each holds the difference to what was posted before; nothing was overwritten.
-- text_zh: 更正与冲销分录。每条只记与原值的差额，不覆盖任何已过账数据。
-- section: changes
-- order: 30
select e.entry, e.batch, b.kind, e.meter, e.from_account, e.to_account, e.commodity, e.local_day,
       e.quantity as change, e.unit, e.corrects, e.document, b.actor, b.posted_at, b.reason
from entry_view as e join batch_view as b on b.batch = e.batch
where e.kind in ('adjustment', 'reversal')
order by e.entry
