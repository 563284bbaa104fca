-- title: Which periods are closed?
-- title_zh: 哪些期间已关账？
-- text: Closed periods in the order of closing. What was changed in them since is in after-closing.
-- text_zh: 按关账顺序列出已关闭的期间。此后的改动见 after-closing。
-- section: changes
-- order: 33
select closing, boundary, period, local_day as first_day, last_local_day as last_day, batch,
       posted_at, actor, reason
from closing_view
order by closing
