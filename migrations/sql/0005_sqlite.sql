-- Views of accounts, meters, expectations and balances, and the triggers that make the table of
-- expectations append-only. A blank line ends a statement.

CREATE VIEW account_view AS
SELECT a.code AS account, a.outside AS outside, CASE WHEN a.outside = 1 OR instr(a.code, '/') = 0 THEN a.code WHEN instr(substr(a.code, instr(a.code, '/') + 1), '/') = 0 THEN a.code ELSE substr(a.code, 1, instr(a.code, '/') + instr(substr(a.code, instr(a.code, '/') + 1), '/') - 1) END AS member,
       r.kind AS kind, r.region AS region, r.timezone AS timezone, r.technology AS technology,
       r.treatment AS treatment, r.name_en AS name_en, r.name_zh AS name_zh,
       CAST(r.tolerance AS REAL) AS tolerance, r.batch_id AS batch
FROM account AS a JOIN account_revision AS r ON r.account_id = a.id
WHERE r.batch_id = (SELECT MAX(x.batch_id) FROM account_revision AS x WHERE x.account_id = a.id);

CREATE VIEW meter_view AS
SELECT m.code AS meter,
       CASE WHEN r.valid_from > 0 THEN printf('%04d-%02d-%02d', r.valid_from / 10000, r.valid_from / 100 % 100, r.valid_from % 100) END AS valid_from,
       f.code AS from_account, t.code AS to_account, c.code AS commodity, r.unit AS unit,
       r.reads AS reads, r.digits AS digits, r.multiplier AS multiplier, r.timezone AS timezone,
       r.conversion AS conversion, r.accuracy_class AS accuracy_class,
       CAST(r.tolerance AS REAL) AS tolerance, r.tolerance_source AS tolerance_source,
       r.batch_id AS batch
FROM meter AS m JOIN meter_revision AS r ON r.meter_id = m.id
JOIN account AS f ON f.id = r.from_account_id
JOIN account AS t ON t.id = r.to_account_id
JOIN commodity AS c ON c.id = r.commodity_id
WHERE r.batch_id = (
  SELECT MAX(x.batch_id) FROM meter_revision AS x
  WHERE x.meter_id = m.id AND x.valid_from = r.valid_from);

CREATE VIEW expectation_view AS
SELECT e.code AS expectation, m.code AS meter, c.code AS commodity, f.code AS from_account,
       t.code AS to_account, e.frequency AS frequency, printf('%04d-%02d-%02d', e.since / 10000, e.since / 100 % 100, e.since % 100) AS since,
       CASE WHEN e.until IS NOT NULL THEN printf('%04d-%02d-%02d', e.until / 10000, e.until / 100 % 100, e.until % 100) END AS until, e.due_days AS due_days,
       e.owner AS owner, e.whole AS whole, e.note AS note, e.batch_id AS batch
FROM expectation AS e
LEFT JOIN meter AS m ON m.id = e.meter_id
LEFT JOIN commodity AS c ON c.id = e.commodity_id
LEFT JOIN account AS f ON f.id = e.from_account_id
LEFT JOIN account AS t ON t.id = e.to_account_id
WHERE e.withdrawn = 0 AND e.batch_id = (
  SELECT MAX(x.batch_id) FROM expectation AS x WHERE x.code = e.code);

CREATE VIEW balance_view AS
WITH RECURSIVE
-- Entries that reach into other months, once for each month they lie in; month counts from year 0.
spanning (from_id, to_id, commodity_id, quantity, first_date, days, month, last_month) AS (
  SELECT e.from_account_id, e.to_account_id, e.commodity_id, e.quantity, printf('%04d-%02d-%02d', e.first_day / 10000, e.first_day / 100 % 100, e.first_day % 100),
         CAST(julianday(printf('%04d-%02d-%02d', e.last_day / 10000, e.last_day / 100 % 100, e.last_day % 100)) - julianday(printf('%04d-%02d-%02d', e.first_day / 10000, e.first_day / 100 % 100, e.first_day % 100)) AS INTEGER) + 1,
         e.first_day / 10000 * 12 + e.first_day / 100 % 100 - 1,
         e.last_day / 10000 * 12 + e.last_day / 100 % 100 - 1
  FROM entry AS e WHERE e.first_day / 100 <> e.last_day / 100
  UNION ALL
  SELECT from_id, to_id, commodity_id, quantity, first_date, days, month + 1, last_month
  FROM spanning WHERE month < last_month
),
-- Days of each until the beginning and the end of the month: parts in whole millionths.
shared AS (
  SELECT from_id, to_id, commodity_id, month / 12 * 100 + month % 12 + 1 AS month, quantity, days,
         CASE WHEN month = last_month THEN days ELSE CAST(julianday(printf('%04d-%02d-01', (month + 1) / 12, (month + 1) % 12 + 1)) - julianday(first_date) AS INTEGER) END AS upto,
         max(0, CAST(julianday(printf('%04d-%02d-01', (month) / 12, (month) % 12 + 1)) - julianday(first_date) AS INTEGER)) AS before
  FROM spanning
),
part AS (
  SELECT from_account_id AS from_id, to_account_id AS to_id, commodity_id,
         first_day / 100 AS month, SUM(quantity) AS quantity
  FROM entry WHERE first_day / 100 = last_day / 100
  GROUP BY from_account_id, to_account_id, commodity_id, first_day / 100
  UNION ALL
  SELECT from_id, to_id, commodity_id, month,
         CAST(quantity * upto / days AS INTEGER) - CAST(quantity * before / days AS INTEGER)
  FROM shared
),
place AS (
  SELECT a.id AS id, a.code AS code, a.outside AS outside, r.kind AS kind,
         r.technology AS technology
  FROM account AS a JOIN account_revision AS r ON r.account_id = a.id
  WHERE r.batch_id = (
    SELECT MAX(x.batch_id) FROM account_revision AS x WHERE x.account_id = a.id)
),
-- What flowed, without what comes out of the environment (sunlight) and what is no matter.
flow AS MATERIALIZED (
  SELECT p.from_id, p.to_id, p.commodity_id, p.month, SUM(p.quantity) AS quantity
  FROM part AS p
  JOIN commodity AS c ON c.id = p.commodity_id
  JOIN place AS s ON s.id = p.from_id
  JOIN place AS t ON t.id = p.to_id
  WHERE c.kind NOT IN ('gas', 'pollutant', 'certificate', 'money')
    AND NOT (c.kind IN ('electricity', 'heat') AND 'environment' IN (s.kind, t.kind))
  GROUP BY p.from_id, p.to_id, p.commodity_id, p.month
  HAVING SUM(p.quantity) <> 0
),
hands_on AS (
  SELECT DISTINCT f.from_id AS account_id, f.commodity_id
  FROM flow AS f JOIN place AS t ON t.id = f.to_id WHERE t.outside = 0
),
takes AS (SELECT DISTINCT to_id AS account_id, commodity_id FROM flow),
side AS (
  SELECT to_id AS account_id, commodity_id, month, quantity AS inflow, 0 AS outflow FROM flow
  UNION ALL
  SELECT from_id, commodity_id, month, 0, quantity FROM flow
),
cell AS (
  SELECT account_id, commodity_id, month, SUM(inflow) AS inflow, SUM(outflow) AS outflow,
         SUM(inflow) - SUM(outflow) AS net
  FROM side GROUP BY account_id, commodity_id, month
),
told AS (
  SELECT p.code AS account, c.code AS commodity, printf('%04d-%02d', l.month / 100, l.month % 100) AS month, c.unit AS unit,
         l.inflow, l.outflow, l.net,
         CASE
           WHEN p.kind = 'stock' THEN 'stock'
           WHEN c.kind IN ('material', 'product', 'waste')
             THEN CASE WHEN l.net < 0 THEN 'made' ELSE 'consumed' END
           WHEN l.net < 0 AND (
                  p.kind IN ('boiler', 'chp', 'generator') OR p.technology IS NOT NULL
                  OR (c.kind IN ('fuel', 'biofuel', 'water') AND k.account_id IS NULL))
             THEN 'made'
           WHEN l.net < 0 OR (
                  p.kind = 'facility' AND p.technology IS NULL AND h.account_id IS NOT NULL)
             THEN 'unexplained'
           ELSE 'consumed'
         END AS what
  FROM cell AS l
  JOIN place AS p ON p.id = l.account_id
  JOIN commodity AS c ON c.id = l.commodity_id
  LEFT JOIN hands_on AS h ON h.account_id = l.account_id AND h.commodity_id = l.commodity_id
  LEFT JOIN takes AS k ON k.account_id = l.account_id AND k.commodity_id = l.commodity_id
  WHERE p.outside = 0
)
SELECT account, commodity, month,
       (inflow) / 1000000.0 AS inflow,
       (CASE WHEN what = 'made' THEN -net ELSE 0 END) / 1000000.0 AS made,
       (outflow) / 1000000.0 AS outflow,
       (CASE WHEN what = 'consumed' THEN net ELSE 0 END) / 1000000.0 AS consumed,
       (CASE WHEN what = 'stock' THEN net ELSE 0 END) / 1000000.0 AS stock_change,
       (CASE WHEN what = 'unexplained' THEN net ELSE 0 END) / 1000000.0 AS unexplained,
       unit,
       CASE WHEN what = 'unexplained' AND inflow <> 0 THEN round(1.0 * net / inflow, 6)
            WHEN inflow <> 0 THEN 0.0 END AS share,
       CAST(CASE WHEN what = 'unexplained' THEN net ELSE 0 END AS INTEGER) AS unexplained_micro
FROM told;

CREATE TRIGGER expectation_no_update BEFORE UPDATE ON expectation BEGIN SELECT RAISE(ABORT, 'append-only: expectation rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER expectation_no_delete BEFORE DELETE ON expectation BEGIN SELECT RAISE(ABORT, 'append-only: expectation rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER expectation_no_replace BEFORE INSERT ON expectation WHEN EXISTS (SELECT 1 FROM expectation AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this expectation row exists already'); END;

CREATE TRIGGER expectation_sealed BEFORE INSERT ON expectation WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;
