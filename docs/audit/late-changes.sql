-- title: What was changed late?
-- title_zh: 哪些改动来得晚？
-- text: Corrections, reversals and estimates of days up to a last day that were posted after a time, by batch and flow, whether the period was closed or not.
-- text_zh: 在某时刻之后过账、但涉及截止日及以前日期的更正、冲销和估算，按批次和流向汇总，无论该期间是否已关账。
-- section: changes
-- order: 36
-- param: last_day text 2024-12-31 | Last local day. | 末个本地日。
-- param: posted_after text 2025-01-31T00:00:00Z | Posted after this time, ISO 8601 in UTC. | 过账时刻晚于此，ISO 8601，UTC。
select b.batch, b.kind, b.posted_at, b.actor, e.from_account, e.to_account, e.commodity,
       count(*) as entries, min(e.local_day) as first_day, max(e.local_day) as last_day,
       round(sum(e.quantity_micro) / 1000000.0, 6) as change, e.unit, b.reason
from entry_view as e join batch_view as b on b.batch = e.batch
where b.posted_at > cast(:posted_after as text)
  and e.kind in ('adjustment', 'reversal', 'estimate')
  and e.local_day <= cast(:last_day as text)
group by b.batch, b.kind, b.posted_at, b.actor, e.from_account, e.to_account, e.commodity, e.unit,
         b.reason
order by b.batch, e.from_account, e.to_account, e.commodity
