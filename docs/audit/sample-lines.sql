-- title: Draw a sample of lines in proportion to their tonnes
-- title_zh: 按吨数比例抽取明细样本
-- text: Monetary-unit sampling with a fixed interval (ISA 530, appendix 4): all milligrams of the lines stand in a row in the order of the lines, every interval'th is drawn, the first one by the seed. A line as large as the interval is always drawn. Lines that take something off are not in the population; they are counted in the last column.
-- text_zh: 固定间隔的货币单位抽样（ISA 530 附录 4）：将各明细的毫克数按行号依次排列，每隔一个间隔抽一个，首个由种子决定。达到间隔大小的明细必被抽中。负值明细不在总体内，其数量列于末列。
-- section: sample
-- order: 130
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
-- param: n integer 20 | How many points are drawn. | 抽取点数。
-- param: seed integer 1 | Any number from 0 to 1000000000; it decides the first point. | 0 至 1000000000 的任意数，决定首个抽样点。
-- param: scopes text 1,2_location | Scopes, with commas between. | 范围，以逗号分隔。
-- chart: ranked label=account,month value=t_co2e
with line as (
  select line, account, scope, commodity, gas, month, co2e_mg
  from emission_line
  where run = case when cast(:run as integer) > 0 then cast(:run as integer)
                  else (select max(run) from run_view where kind = 'inventory') end
    and replace(',' || cast(:scopes as text) || ',', ',' || scope || ',', '')
        <> ',' || cast(:scopes as text) || ','
), whole as (
  select cast(sum(case when co2e_mg > 0 then co2e_mg else 0 end) as bigint) as total,
         count(case when co2e_mg < 0 then 1 end) as negative_lines
  from line
), step as (
  select total, negative_lines,
         case when total < cast(:n as integer) then 1 else total / cast(:n as integer) end as span,
         (cast(:seed as bigint) * 1103515245 + 12345) % 2147483648 as x
  from whole
), begin_at as (
  select total, negative_lines, span,
         (x * 2147483648 + (x * 1103515245 + 12345) % 2147483648) % span as first_point
  from step
), summed as (
  select line, cast(sum(co2e_mg) over (order by line) as bigint) as upto, co2e_mg
  from line
  where co2e_mg > 0
), hit as (
  select s.line, s.upto, b.span, b.total, b.negative_lines,
         case when (s.upto - 1 - b.first_point + b.span) / b.span > cast(:n as integer)
              then cast(:n as integer)
              else (s.upto - 1 - b.first_point + b.span) / b.span end as points_upto,
         (s.upto - s.co2e_mg - 1 - b.first_point + b.span) / b.span as points_before
  from summed as s cross join begin_at as b
)
select h.line, l.account, l.scope, l.commodity, l.gas, l.month,
       round(l.co2e_mg / 1000000000.0, 9) as t_co2e,
       h.points_upto - h.points_before as points,
       case when l.co2e_mg >= h.span then 'certain' else 'by_chance' end as drawn,
       round(h.span / 1000000000.0, 9) as interval_t, round(h.total / 1000000000.0, 9) as total_t,
       h.negative_lines
from hit as h join line as l on l.line = h.line
where h.points_upto > h.points_before
order by h.line
