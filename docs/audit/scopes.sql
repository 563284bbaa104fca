-- title: What is in the inventory, by scope and commodity?
-- title_zh: 清单按范围和商品包含什么？
-- text: Lines and tonnes of a run by scope and commodity. Scope 2 stands there twice, location based and market based: they are two answers to one question and are never added.
-- text_zh: 某次计算按范围与商品的明细行数和吨数。范围二有位置法与市场法两种口径，不可相加。
-- section: figures
-- order: 80
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
-- chart: columns label=scope value=t_co2e series=commodity
select scope, commodity, count(*) as lines, round(sum(co2e_mg) / 1000000000.0, 3) as t_co2e
from emission_line
where run = case when cast(:run as integer) > 0 then cast(:run as integer)
                  else (select max(run) from run_view where kind = 'inventory') end
group by scope, commodity
order by scope, commodity
