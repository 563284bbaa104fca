-- title: Which rows could not be posted, and why?
-- title_zh: 哪些行未能过账？原因何在？
-- text: Rejected rows by file, column and reason, with the first of their lines. Every row of a file is posted, skipped as known, or here.
-- text_zh: 按文件、列和原因列出被拒绝的行及其首行号。文件中每一行要么已过账，要么因已存在而跳过，要么列于此处。
-- section: sources
-- order: 27
select batch, document, column_name, reason, count(*) as times, min(line) as first_line,
       max(line) as last_line, min(text) as example
from reject_view
group by batch, document, column_name, reason
order by batch, column_name, reason
