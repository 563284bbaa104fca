-- title: Is the year complete?
-- title_zh: 全年数据完整吗？
-- text: Months in which a meter has entries on fewer days than the month has. A meter that is declared from a day on is asked for from the month of that day.
-- text_zh: 某计量表有分录的天数少于当月天数的月份。自某日起登记的计量表从该日所在月份起查。
-- section: completeness
-- order: 50
-- param: first_month text 2024-01 | First local month. | 首个本地月份。
-- param: last_month text 2024-12 | Last local month. | 末个本地月份。
-- chart: ranked label=meter,local_month value=days_missing
with recursive month_of (y, m) as (
  select cast(substr(cast(:first_month as text), 1, 4) as integer),
         cast(substr(cast(:first_month as text), 6, 2) as integer)
  union all
  select y + m / 12, m % 12 + 1
  from month_of
  where y * 12 + m < cast(substr(cast(:last_month as text), 1, 4) as integer) * 12
                     + cast(substr(cast(:last_month as text), 6, 2) as integer)
), calendar as (
  select cast(y as text) || case when m < 10 then '-0' else '-' end || cast(m as text)
           as local_month,
         case when m in (4, 6, 9, 11) then 30 when m <> 2 then 31
              when y % 4 = 0 and (y % 100 <> 0 or y % 400 = 0) then 29 else 28 end as days
  from month_of
), side as (
  select a.meter, c.local_month, c.days as days_in_month, 0 as days_there
  from (
    select meter, min(coalesce(substr(valid_from, 1, 7), '')) as begins
    from meter_view
    group by meter
  ) as a
  join calendar as c on c.local_month >= a.begins
  union all
  select meter, local_month, 0, days
  from meter_month
  where month_number between cast(replace(cast(:first_month as text), '-', '') as integer)
    and cast(replace(cast(:last_month as text), '-', '') as integer)
)
select meter, local_month, sum(days_in_month) as days_in_month, sum(days_there) as days_there,
       sum(days_in_month) - sum(days_there) as days_missing
from side
group by meter, local_month
having sum(days_there) < sum(days_in_month)
order by meter, local_month
