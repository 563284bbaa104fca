-- title: Do main meter and sub-meters agree?
-- title_zh: 总表与分表一致吗？
-- text: What came into each account that hands something on, or was made there, and where it went, by month. What is unexplained was lost or not measured; below zero, more went on than came.
-- text_zh: 有转出的账户各月流入、自产及去向。未解释部分为损耗或未计量；为负则转出多于流入。
-- section: completeness
-- order: 60
-- param: commodity text electricity | What flows. | 商品。
-- chart: columns label=month value=unexplained series=account unit=unit
select account, month, inflow, made, outflow, consumed, stock_change, unexplained, unit,
       round(100.0 * share, 2) as unexplained_percent
from balance_view
where commodity = cast(:commodity as text) and outflow <> 0
order by account, month
