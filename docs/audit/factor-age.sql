-- title: How old are the factors?
-- title_zh: 因子有多旧？
-- text: Factors of a run by the years between the data they describe and the period they are used for, with the tonnes that rest on them; those of an unknown age come first. Expired: the factor was no longer valid in the last month it is used for.
-- text_zh: 因子所描述年份与使用期间相差的年数，以及以其计算的吨数；年份不详者列于最前。过期：使用的最后月份已超出因子有效期。
-- section: factors
-- order: 95
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
-- chart: ranked label=factor,scope value=t_co2e
select max(cast(substr(l.last_month, 1, 4) as integer)) - f.data_year as age_years, f.data_year,
       min(l.first_month) as first_month, max(l.last_month) as last_month, l.scope, l.commodity,
       l.factor, f.valid_from, f.valid_to,
       case when f.valid_to is not null and substr(f.valid_to, 1, 7) < max(l.last_month)
            then 'expired' else 'valid' end as validity,
       sum(l.lines) as lines, round(sum(l.co2e_mg) / 1000000000.0, 3) as t_co2e, f.published_on
from (
  select scope, commodity, factor, min(month) as first_month, max(month) as last_month,
         count(*) as lines, sum(co2e_mg) as co2e_mg
  from emission_line
  where run = case when cast(:run as integer) > 0 then cast(:run as integer)
                  else (select max(run) from run_view where kind = 'inventory') end
    and factor <> ''
  group by scope, commodity, factor
) as l
left join factor_view as f on f.factor = l.factor
group by f.data_year, l.scope, l.commodity, l.factor, f.valid_from, f.valid_to, f.published_on
order by coalesce(f.data_year, 0), l.scope, l.commodity, l.factor
