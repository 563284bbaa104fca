-- title: Which values are missing?
-- title_zh: 缺哪些读数？
-- text: Days of a meter on which intervals have no value, after all corrections and estimates. Days without any row are in missing-days.
-- text_zh: 经全部更正与估算之后，仍有区间缺值的计量表与日期。整日无数据者见 missing-days。
-- section: completeness
-- order: 40
-- chart: ranked label=meter,local_day value=missing
select meter, commodity, local_day, count(*) as missing, min(start_utc) as first_utc,
       max(start_utc) as last_utc, min(seconds) as interval_s
from missing_reading
group by meter, commodity, local_day
order by meter, commodity, local_day
