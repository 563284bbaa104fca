-- title: Which figures were computed, from which state of the books?
-- title_zh: 计算过哪些数据？依据账簿的哪个状态？
-- text: Every calculation with its method, boundary and period, the last batch it took into account, and its hash. The same question of the same books is the same run.
-- text_zh: 每次计算的方法、边界、期间、所计入的最后批次及其哈希值。对同一账簿的同一问题即为同一次计算。
-- section: figures
-- order: 65
select run, kind, method, boundary, period, as_of_batch, engine, computed_at, actor,
       substr(content_hash, 1, 12) as hash_begins
from run_view
order by run
