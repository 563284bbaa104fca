-- title: Can I compute a line again by hand?
-- title_zh: 能否手工复算一行？
-- text: Lines of a run with activity, factor and GWP, and their product in kg. Activity times factor is the mass, mass times GWP the equivalent; both are rounded once, to a milligram. The lines that differ most come first, before them those in a unit that the question does not know.
-- text_zh: 某次计算的明细：活动数据、因子、GWP 及其乘积。活动数据乘因子为质量，质量乘 GWP 为当量，各舍入一次至毫克。差异最大者在前；单位不在换算表内者列于最前。
-- section: figures
-- order: 87
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
-- param: n integer 10 | How many lines. | 行数。
with per (name, unit, size) as (
  values ('kWh', 'kWh', 1), ('MWh', 'kWh', 1000), ('kg', 'kg', 1), ('t', 'kg', 1000),
         ('m3', 'm3', 1), ('Nm3', 'm3', 1), ('万Nm3', 'm3', 10000), ('GJ', 'GJ', 1),
         ('TJ', 'GJ', 1000), ('MWh', 'MWh', 1), ('piece', 'piece', 1)
), mass (name, kg) as (
  values ('kgCO2', 1), ('kgCO2e', 1), ('tCO2', 1000), ('tCO2e', 1000)
), pair as (
  select mass.name || '/' || per.name as factor_unit, per.unit, mass.kg, per.size
  from mass cross join per
), checked as (
  select l.line, l.account, l.commodity, l.gas, l.month, l.activity, l.activity_unit,
         l.factor_value, l.factor_unit, l.gwp, l.co2e_kg,
         round(l.activity * l.factor_value * p.kg / p.size * l.gwp, 6) as by_hand_kg
  from emission_line as l
  left join pair as p on p.factor_unit = l.factor_unit and p.unit = l.activity_unit
  where l.run = case when cast(:run as integer) > 0 then cast(:run as integer)
                     else (select max(run) from run_view where kind = 'inventory') end
    and l.factor_value is not null
)
select line, account, commodity, gas, month, activity, activity_unit, factor_value, factor_unit, gwp,
       by_hand_kg, co2e_kg, round(by_hand_kg - co2e_kg, 3) as difference_kg
from checked
order by case when by_hand_kg is null then 0 else 1 end, abs(round(by_hand_kg - co2e_kg, 3)) desc,
         line
limit cast(:n as integer)
