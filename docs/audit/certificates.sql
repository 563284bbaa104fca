-- title: Was more green power claimed than used?
-- title_zh: 声明的绿电是否超过实际用电？
-- text: Certificates that came in from outside and those given away, by month of generation, beside the electricity bought; both in MWh. A share above 100 per cent is a claim too many.
-- text_zh: 按发电月份列出购入和转出的绿证及外购电量，单位均为 MWh。比例超过 100% 即为超额声明。
-- section: figures
-- order: 88
-- chart: columns label=local_month value=share_percent
with flow as (
  select local_month, commodity_kind, from_outside, to_outside, quantity_micro
  from flow_month
  where commodity_kind = 'certificate' or commodity = 'electricity'
), side as (
  select local_month,
         case when commodity_kind = 'certificate' and from_outside = 1 then quantity_micro else 0 end
           as received,
         case when commodity_kind = 'certificate' and to_outside = 1 then quantity_micro else 0 end
           as given,
         case when commodity_kind <> 'certificate' and from_outside = 1 then quantity_micro else 0 end
           as bought
  from flow
)
select local_month, round(sum(received) / 1000000.0, 3) as received_mwh,
       round(sum(given) / 1000000.0, 3) as given_away_mwh,
       round((sum(received) - sum(given)) / 1000000.0, 3) as certificates_mwh,
       round(sum(bought) / 1000000000.0, 3) as bought_mwh,
       case when sum(bought) > 0
            then round(100000.0 * (sum(received) - sum(given)) / sum(bought), 1) end as share_percent
from side
group by local_month
having sum(received) <> 0 or sum(given) <> 0 or sum(bought) <> 0
order by local_month
