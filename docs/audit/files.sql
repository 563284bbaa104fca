-- title: Which files is this based on, and who posted them?
-- title_zh: 账本依据哪些文件？由谁过账？
-- text: Batches in the order of posting, each with its source file, its hash and what became of its rows. The SHA-256 of the original file must be the one shown.
-- text_zh: 按过账顺序列出批次：源文件、哈希值、各行的去向。原始文件的 SHA-256 必须与此一致。
-- section: sources
-- order: 10
-- param: document text % | Part of the file name; % for all. | 文件名的一部分；% 为全部。
select batch, kind, document, bytes, substr(document_sha256, 1, 12) as sha256_begins,
       source_rows, readings, entries, skipped, rejected, posted_at, actor
from batch_view
where document is not null
  and (cast(:document as text) = '%'
       or replace(document, cast(:document as text), '') <> document)
order by batch
