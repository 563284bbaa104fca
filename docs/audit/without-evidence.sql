-- title: What stands there without evidence?
-- title_zh: 哪些内容缺少依据？
-- text: Lines of a run whose factor has no source, batches with entries but without a document, records without a document number, documents of which the hash alone was kept.
-- text_zh: 因子无出处的计算明细、有分录但无文件的批次、无单据号的记录、仅保存哈希的文件。
-- section: sources
-- order: 25
-- param: run integer 0 | Number of the run; 0: the latest inventory. | 计算编号；0 为最近一次清单计算。
with unnumbered as materialized (
  select document, batch, commodity, unit, quantity_micro
  from entry_view
  where kind = 'record' and coalesce(document_no, '') = ''
)
select 'factor_without_source' as lacks, 'run ' || cast(run as text) as stands_in,
       case when factor = '' then commodity else factor end as what, lines as times,
       round(co2e_mg / 1000000000.0, 3) as amount, 't CO2e' as unit
from (
  select run, factor, commodity, count(*) as lines, sum(co2e_mg) as co2e_mg
  from emission_line
  where run = case when cast(:run as integer) > 0 then cast(:run as integer)
                   else (select max(run) from run_view where kind = 'inventory') end
    and substr(basis, 1, 8) <> 'measured' and substr(basis, 1, 10) <> 'instrument'
  group by run, factor, commodity
) as l
where factor not in (select factor from factor_view where document <> '' and page <> '')
union all
select 'batch_without_document', 'batch ' || cast(batch as text), kind, entries, null, null
from batch_view
where document_sha256 is null and entries > 0 and kind not in ('reversal', 'estimate')
union all
select 'record_without_number', coalesce(document, 'batch ' || cast(batch as text)), commodity,
       count(*), round(sum(quantity_micro) / 1000000.0, 6), unit
from unnumbered
group by document, batch, commodity, unit
union all
select 'document_not_kept', document, document_sha256, 1, bytes, 'bytes'
from document_view
where kept = 0
order by 1, 2, 3
