-- title: What was changed after the books were closed?
-- title_zh: 关账之后改动了什么？
-- text: Batches that changed a closed period, each with the reason it was restated for and the sums of the period before and after. A closed period takes nothing else.
-- text_zh: 改动已关闭期间的批次、重述理由以及该期间改动前后的合计。除此之外，已关闭期间不接受任何过账。
-- section: changes
-- order: 34
select batch, kind, posted_at, actor, boundary, period, from_account, to_account, commodity,
       local_month, quantity_before, quantity_after, quantity_change, unit, reason, note
from restatement_view
order by restatement, from_account, to_account, commodity, local_month
