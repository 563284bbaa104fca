-- title: Which line of which file says so?
-- title_zh: 该数据出自哪个文件的哪一行？
-- text: Entries of a commodity that reached an account in a span of local days, each with the file and the lines it was read from.
-- text_zh: 某段本地日期内流入某账户的某种商品的分录，附其源文件和行号。
-- section: sources
-- order: 20
-- param: account text park | Account that the flow reaches. | 流入的账户。
-- param: commodity text electricity | What flows. | 商品。
-- param: first_day text 2024-01-01 | First local day. | 首个本地日。
-- param: last_day text 2024-01-07 | Last local day. | 末个本地日。
select entry, meter, from_account, local_day, quantity, unit, recorded_quantity, recorded_unit,
       quality, document, line_first, line_last
from entry_view
where to_account = cast(:account as text) and commodity = cast(:commodity as text)
  and local_day between cast(:first_day as text) and cast(:last_day as text)
order by local_day, entry
