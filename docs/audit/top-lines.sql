-- title: Which lines weigh most?
-- title_zh: 哪些明细占比最大？
-- text: The largest lines of a run by tonnes, with their share and the share of all lines so far. Scope 2 is taken location based.
-- text_zh: 某次计算中吨数最大的明细及其占比、累计占比。范围二取位置法。
-- section: figures
-- order: 85
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
-- param: n integer 20 | How many lines. | 行数。
-- chart: ranked label=account,month value=t_co2e
select line, account, scope, category, commodity, gas, month, t_co2e, share_percent,
       cumulative_percent, factor, basis
from (
  select line, account, scope, category, commodity, gas, month, co2e_mg, factor, basis,
         round(co2e_kg / 1000, 6) as t_co2e,
         round(100.0 * co2e_mg / nullif(sum(co2e_mg) over (), 0), 2) as share_percent,
         round(100.0 * sum(co2e_mg) over (order by co2e_mg desc, line)
           / nullif(sum(co2e_mg) over (), 0), 2) as cumulative_percent
  from emission_line
  where run = case when cast(:run as integer) > 0 then cast(:run as integer)
                  else (select max(run) from run_view where kind = 'inventory') end
    and scope in ('1', '2_location', '3')
) as ranked
order by co2e_mg desc, line
limit cast(:n as integer)
