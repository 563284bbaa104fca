-- title: What did the imports notice?
-- title_zh: 导入时发现了什么？
-- text: Findings of the validation by meter and kind: gaps, zeros, spikes, steps, parts above their main meter, contradicting rows. Nothing was changed because of them.
-- text_zh: 按计量表和类型汇总的校验发现：缺口、零值、尖峰、突变、分表高于总表、相互矛盾的行。未因此改动任何数据。
-- section: completeness
-- order: 55
-- param: severity text % | warning, info, or % for both. | warning、info，或以 % 表示两者。
select f.severity, f.kind, f.meter, count(*) as findings, sum(f.count) as values_concerned,
       min(f.local_day) as first_day, max(f.last_local_day) as last_day,
       min(f.text_en) as example, min(f.text_zh) as example_zh
from finding_view as f
where cast(:severity as text) in (f.severity, '%')
group by f.severity, f.kind, f.meter
order by f.severity desc, f.kind, f.meter
