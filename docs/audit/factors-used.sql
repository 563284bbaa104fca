-- title: Which factors were used, and where are they printed?
-- title_zh: 采用了哪些因子？出处何在？
-- text: Each factor of a run with its publisher, document and page, and the tonnes that rest on it.
-- text_zh: 某次计算采用的每个因子及其发布机构、文件和页码，以及以其计算的吨数。
-- section: factors
-- order: 90
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
select l.scope, l.commodity, l.gas, l.factor, l.factor_value, l.factor_unit, l.lines, l.t_co2e,
       f.publisher, f.document, f.page, f.confidence
from (
  select scope, commodity, gas, factor, factor_value, factor_unit, count(*) as lines,
         round(sum(co2e_mg) / 1000000000.0, 3) as t_co2e
  from emission_line
  where run = case when cast(:run as integer) > 0 then cast(:run as integer)
                  else (select max(run) from run_view where kind = 'inventory') end
  group by scope, commodity, gas, factor, factor_value, factor_unit
) as l
left join factor_view as f on f.factor = l.factor
order by l.scope, l.commodity, l.gas, l.factor
