-- title: Is anything counted twice?
-- title_zh: 有没有重复计算？
-- text: What each member of the park received and from whom. What stays between two members cancels in the sum of the park; only what comes from outside counts.
-- text_zh: 园区各成员从何处收到多少。成员之间的流动在园区合计中抵消；只有来自外部的计入。
-- section: figures
-- order: 70
-- param: first_month text 2024-01 | First local month. | 首个本地月份。
-- param: last_month text 2024-12 | Last local month. | 末个本地月份。
select commodity, from_member, to_member,
       case when from_outside = 1 then 'came_in' when to_outside = 1 then 'went_out'
            when from_member = to_member then 'within_member' else 'between_members' end as flow,
       round(sum(quantity_micro) / 1000000.0, 6) as quantity, unit
from flow_month
where month_number between cast(replace(cast(:first_month as text), '-', '') as integer)
    and cast(replace(cast(:last_month as text), '-', '') as integer)
group by commodity, from_member, to_member, from_outside, to_outside, unit
order by commodity, from_member, to_member
