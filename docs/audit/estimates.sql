-- title: What is estimated?
-- title_zh: 哪些是估算值？
-- text: Entries that are estimates, or that their source marks as estimated, substituted or mixed, by meter, with their share of all that the meter counted in the same months.
-- text_zh: 估算分录，以及来源标注为估算、替代或混合的分录，按计量表汇总，并列出占该表同期总量的比例。
-- section: changes
-- order: 32
-- param: first_month text 2024-01 | First local month. | 首个本地月份。
-- param: last_month text 2024-12 | Last local month. | 末个本地月份。
with marked as (
  select meter, from_account, to_account, commodity, unit, kind, quality, batch, local_day,
         local_month, quantity_micro
  from entry_view
  where (kind = 'estimate' or quality <> 'actual')
    and local_month between cast(:first_month as text) and cast(:last_month as text)
), whole as (
  select from_account, to_account, commodity, sum(quantity_micro) as quantity_micro
  from flow_month
  where month_number between cast(replace(cast(:first_month as text), '-', '') as integer)
    and cast(replace(cast(:last_month as text), '-', '') as integer)
  group by from_account, to_account, commodity
)
select m.meter, m.from_account, m.to_account, m.commodity, m.kind, m.quality, count(*) as entries,
       min(m.local_day) as first_day, max(m.local_day) as last_day, round(sum(m.quantity_micro) / 1000000.0, 6) as quantity, m.unit,
       case when max(w.quantity_micro) <> 0
            then round(100.0 * sum(m.quantity_micro) / max(w.quantity_micro), 3) end as share_percent,
       max(b.reason) as reason
from marked as m
join whole as w on w.from_account = m.from_account and w.to_account = m.to_account
  and w.commodity = m.commodity
join batch_view as b on b.batch = m.batch
group by m.meter, m.from_account, m.to_account, m.commodity, m.kind, m.quality, m.unit
order by abs(sum(m.quantity_micro)) desc, m.meter
