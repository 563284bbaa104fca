-- title: Who loaded this factor, and who published it?
-- title_zh: 这一因子由谁装入、由谁发布？
-- text: Factor packs with who put each into the ledger and which other actor published it. Shipped: comes with the program, and the project published it. Held: nobody has published it, and no calculation uses it. Stated: said in a site file. Earlier: loaded before packs were published.
-- text_zh: 各因子包的装入者与发布者（须为另一操作者）。shipped：随程序提供，由项目发布；held：尚未发布，计算不予采用；stated：场地文件填报；earlier：在发布制度之前装入。
-- section: factors
-- order: 92
-- param: of text % | Factor, pack@edition/code; or pack@edition; or the code of a pack; % for all. | 因子 pack@edition/code，或 pack@edition，或因子包代码；% 为全部。
select p.pack, p.edition, p.state, p.factors, p.loaded_by, p.loaded_at, p.published_by,
       p.published_at, p.publication_reason, p.publisher, p.document, p.batch, p.publication_batch
from pack_view as p
where cast(:of as text) in ('%', p.pack, p.pack || '@' || p.edition)
   or cast(:of as text) like p.pack || '@' || p.edition || '/%'
order by p.batch, p.pack, p.edition
