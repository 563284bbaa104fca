CREATE VIEW account_view AS
SELECT a.code AS account, a.outside AS outside, CASE WHEN a.outside = 1 OR instr(a.code, '/') = 0 THEN a.code WHEN instr(substr(a.code, instr(a.code, '/') + 1), '/') = 0 THEN a.code ELSE substr(a.code, 1, instr(a.code, '/') + instr(substr(a.code, instr(a.code, '/') + 1), '/') - 1) END AS member,
       r.kind AS kind, r.region AS region, r.timezone AS timezone, r.technology AS technology,
       r.treatment AS treatment, r.name_en AS name_en, r.name_zh AS name_zh,
       CAST(r.tolerance AS REAL) AS tolerance, r.batch_id AS batch
FROM account AS a JOIN account_revision AS r ON r.account_id = a.id
WHERE r.batch_id = (SELECT MAX(x.batch_id) FROM account_revision AS x WHERE x.account_id = a.id);

CREATE VIEW balance_view AS
WITH RECURSIVE
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

CREATE VIEW batch_view AS
SELECT b.id AS batch, b.kind AS kind, b.actor AS actor, b.posted_at AS posted_at,
       b.reason AS reason, d.name AS document, d.sha256 AS document_sha256, d.bytes AS bytes,
       b.source_rows AS source_rows, b.readings AS readings, b.entries AS entries,
       b.skipped AS skipped, b.rejected AS rejected, b.gaps AS gaps, b.totals AS totals,
       b.warnings AS warnings, b.reading_rules AS reading_rules,
       b.content_hash AS content_hash, b.leaf_hash AS leaf_hash
FROM batch AS b LEFT JOIN document AS d ON d.id = b.document_id;

CREATE VIEW closing_view AS
SELECT c.id AS closing, a.code AS boundary, c.period AS period,
       printf('%04d-%02d-%02d', c.first_day / 10000, c.first_day / 100 % 100, c.first_day % 100) AS local_day,
       printf('%04d-%02d-%02d', c.last_day / 10000, c.last_day / 100 % 100, c.last_day % 100) AS last_local_day,
       b.actor AS actor, b.posted_at AS posted_at, b.reason AS reason, c.batch_id AS batch
FROM closing AS c
JOIN account AS a ON a.id = c.account_id
JOIN batch AS b ON b.id = c.batch_id;

CREATE VIEW commodity_view AS
SELECT c.code AS commodity, c.kind AS kind, c.unit AS unit, r.mass_kg AS mass_kg,
       r.name_en AS name_en, r.name_zh AS name_zh, r.note AS note, r.batch_id AS batch
FROM commodity AS c JOIN commodity_revision AS r ON r.commodity_id = c.id
WHERE r.batch_id = (
  SELECT MAX(x.batch_id) FROM commodity_revision AS x WHERE x.commodity_id = c.id);

CREATE VIEW document_view AS
SELECT d.name AS document, d.sha256 AS document_sha256, d.bytes AS bytes, d.media AS media,
       d.kept AS kept, d.batch_id AS batch
FROM document AS d;

CREATE VIEW emission_line AS
SELECT run_id AS run, line, account, scope, category, commodity, month, gas,
       (activity / 1000000.0) AS activity, activity_unit, factor,
       CAST(factor_value AS REAL) AS factor_value, factor_unit,
       (mass_mg / 1000000.0) AS mass_kg, CAST(gwp AS REAL) AS gwp, (co2e_mg / 1000000.0) AS co2e_kg, basis,
       activity AS activity_micro, mass_mg, co2e_mg
FROM emission_line_row;

CREATE VIEW energy_record AS
SELECT * FROM entry_view WHERE commodity_kind IN ('electricity', 'heat', 'fuel', 'biofuel');

CREATE VIEW entry_view AS
SELECT e.id AS entry,
       e.batch_id AS batch,
       m.code AS meter,
       f.code AS from_account,
       t.code AS to_account,
       CASE WHEN f.outside = 1 OR instr(f.code, '/') = 0 THEN f.code WHEN instr(substr(f.code, instr(f.code, '/') + 1), '/') = 0 THEN f.code ELSE substr(f.code, 1, instr(f.code, '/') + instr(substr(f.code, instr(f.code, '/') + 1), '/') - 1) END AS from_member,
       CASE WHEN t.outside = 1 OR instr(t.code, '/') = 0 THEN t.code WHEN instr(substr(t.code, instr(t.code, '/') + 1), '/') = 0 THEN t.code ELSE substr(t.code, 1, instr(t.code, '/') + instr(substr(t.code, instr(t.code, '/') + 1), '/') - 1) END AS to_member,
       c.code AS commodity,
       c.kind AS commodity_kind,
       e.kind AS kind,
       strftime('%Y-%m-%dT%H:%M:%SZ', e.start_utc, 'unixepoch') AS start_utc,
       strftime('%Y-%m-%dT%H:%M:%SZ', e.end_utc, 'unixepoch') AS end_utc,
       printf('%04d-%02d-%02d', e.first_day / 10000, e.first_day / 100 % 100, e.first_day % 100) AS local_day,
       printf('%04d-%02d', e.first_day / 10000, e.first_day / 100 % 100) AS local_month,
       printf('%04d-%02d-%02d', e.last_day / 10000, e.last_day / 100 % 100, e.last_day % 100) AS last_local_day,
       (e.quantity / 1000000.0) AS quantity,
       c.unit AS unit,
       e.quantity AS quantity_micro,
       e.recorded_quantity AS recorded_quantity,
       e.recorded_unit AS recorded_unit,
       e.register_start AS register_start,
       e.register_end AS register_end,
       e.quality AS quality,
       d.name AS document,
       d.sha256 AS document_sha256,
       e.line_first AS line_first,
       e.line_last AS line_last,
       e.document_no AS document_no,
       e.note AS note,
       e.corrects_id AS corrects,
       b.reason AS reason
FROM entry AS e
JOIN account AS f ON f.id = e.from_account_id
JOIN account AS t ON t.id = e.to_account_id
JOIN commodity AS c ON c.id = e.commodity_id
JOIN batch AS b ON b.id = e.batch_id
LEFT JOIN meter AS m ON m.id = e.meter_id
LEFT JOIN document AS d ON d.id = b.document_id;

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

CREATE VIEW factor_view AS
SELECT p.code || '@' || p.edition || '/' || f.code AS factor, p.code AS pack,
       p.edition AS edition, f.activity AS activity, f.region AS region,
       f.valid_from AS valid_from, f.valid_to AS valid_to, f.data_year AS data_year,
       f.purpose AS purpose, f.gas AS gas, f.value AS value, f.unit AS unit, f.basis AS basis,
       f.technology AS technology, f.uncertainty AS uncertainty, p.publisher AS publisher,
       p.title AS title, p.document AS document, p.published_on AS published_on, f.page AS page,
       f.confidence AS confidence, f.note AS note, f.batch_id AS batch,
       CASE WHEN q.id IS NOT NULL THEN 'published' ELSE COALESCE(p.standing, 'earlier') END AS state,
       l.actor AS loaded_by, l.posted_at AS loaded_at, r.actor AS published_by,
       r.posted_at AS published_at
FROM factor AS f JOIN factor_pack AS p ON p.id = f.pack_id
LEFT JOIN batch AS l ON l.id = p.batch_id
LEFT JOIN publication AS q ON q.pack_id = p.id
LEFT JOIN batch AS r ON r.id = q.batch_id;

CREATE VIEW filed_report_view AS
SELECT id AS report, kind, boundary, period, method, language, form, parameters, as_of_batch,
       asked_as_of, runs, engine, sha256, bytes, actor, filed_at
FROM filed_report;

CREATE VIEW finding_view AS
SELECT n.id AS finding, n.batch_id AS batch, m.code AS meter, n.kind AS kind,
       n.severity AS severity,
       strftime('%Y-%m-%dT%H:%M:%SZ', n.start_utc, 'unixepoch') AS start_utc,
       strftime('%Y-%m-%dT%H:%M:%SZ', n.end_utc, 'unixepoch') AS end_utc,
       printf('%04d-%02d-%02d', n.first_day / 10000, n.first_day / 100 % 100, n.first_day % 100) AS local_day,
       printf('%04d-%02d-%02d', n.last_day / 10000, n.last_day / 100 % 100, n.last_day % 100) AS last_local_day,
       n.count AS count, CAST(n.value AS REAL) AS value,
       CAST(n.expected AS REAL) AS expected, n.unit AS unit,
       n.text_en AS text_en, n.text_zh AS text_zh, n.parameters AS parameters,
       d.name AS document, n.line_first AS line_first, n.line_last AS line_last
FROM finding AS n
JOIN meter AS m ON m.id = n.meter_id
JOIN batch AS b ON b.id = n.batch_id
LEFT JOIN document AS d ON d.id = b.document_id;

CREATE VIEW flow_month AS
SELECT f.code AS from_account, t.code AS to_account,
       CASE WHEN f.outside = 1 OR instr(f.code, '/') = 0
           OR instr(substr(f.code, instr(f.code, '/') + 1), '/') = 0 THEN f.code
         ELSE substr(f.code, 1, instr(f.code, '/') + instr(substr(f.code, instr(f.code, '/') + 1), '/') - 1) END AS from_member,
       CASE WHEN t.outside = 1 OR instr(t.code, '/') = 0
           OR instr(substr(t.code, instr(t.code, '/') + 1), '/') = 0 THEN t.code
         ELSE substr(t.code, 1, instr(t.code, '/') + instr(substr(t.code, instr(t.code, '/') + 1), '/') - 1) END AS to_member,
       f.outside AS from_outside, t.outside AS to_outside,
       c.code AS commodity, c.kind AS commodity_kind, printf('%04d-%02d', x.month / 100, x.month % 100) AS local_month,
       x.month AS month_number, (x.quantity / 1000000.0) AS quantity, c.unit AS unit,
       x.quantity AS quantity_micro, x.entries AS entries
FROM (
  SELECT e.from_account_id AS from_id, e.to_account_id AS to_id, e.commodity_id AS commodity_id,
         e.first_day / 100 AS month, SUM(e.quantity) AS quantity, COUNT(*) AS entries
  FROM entry AS e
  GROUP BY e.from_account_id, e.to_account_id, e.commodity_id, e.first_day / 100
) AS x
JOIN account AS f ON f.id = x.from_id
JOIN account AS t ON t.id = x.to_id
JOIN commodity AS c ON c.id = x.commodity_id;

CREATE VIEW indicator AS
SELECT run_id AS run, code, name_en AS name, name_zh, CAST(value AS REAL) AS value, unit, target,
       status, reason
FROM indicator_row;

CREATE VIEW meter_event_view AS
SELECT m.code AS meter,
       strftime('%Y-%m-%dT%H:%M:%SZ', e.at_utc, 'unixepoch') AS at_utc,
       e.kind AS kind, e.old_reading AS old_reading, e.new_reading AS new_reading,
       e.multiplier AS multiplier,
       strftime('%Y-%m-%dT%H:%M:%SZ', e.expires_utc, 'unixepoch') AS expires_utc,
       e.note AS note, e.batch_id AS batch
FROM meter_event AS e JOIN meter AS m ON m.id = e.meter_id
WHERE e.withdrawn = 0 AND e.batch_id = (
  SELECT MAX(x.batch_id) FROM meter_event AS x
  WHERE x.meter_id = e.meter_id AND x.at_utc = e.at_utc AND x.kind = e.kind);

CREATE VIEW meter_month AS
SELECT m.code AS meter, printf('%04d-%02d', x.month / 100, x.month % 100) AS local_month,
       x.month AS month_number, x.days AS days, x.entries AS entries
FROM (
  SELECT p.meter_id AS meter_id, p.month AS month, SUM(p.days) AS days,
         SUM(p.entries) AS entries
  FROM (
    SELECT e.meter_id AS meter_id, e.first_day / 100 AS month,
           COUNT(DISTINCT e.first_day) AS days, COUNT(*) AS entries
    FROM entry AS e
    WHERE e.meter_id IS NOT NULL
    GROUP BY e.meter_id, e.first_day / 100
    UNION ALL
    SELECT e.meter_id, e.first_day / 100, (e.end_utc - e.start_utc + 43200) / 86400 - 1, 0
    FROM entry AS e
    WHERE e.last_day > e.first_day AND e.meter_id IS NOT NULL
      AND e.kind NOT IN ('adjustment', 'reversal')
      AND e.id NOT IN (SELECT r.corrects_id FROM entry AS r
                       WHERE r.corrects_id IS NOT NULL AND r.kind = 'reversal')
    UNION ALL
    SELECT g.meter_id, g.first_day / 100, -1, 0
    FROM (
      SELECT e.meter_id AS meter_id, e.first_day AS first_day
      FROM (SELECT DISTINCT r.meter_id AS meter_id, r.first_day AS first_day FROM entry AS r
            WHERE r.corrects_id IS NOT NULL AND r.meter_id IS NOT NULL) AS t
      JOIN entry AS e ON e.meter_id = t.meter_id AND e.first_day = t.first_day
      GROUP BY e.meter_id, e.first_day
      HAVING SUM(CASE WHEN e.kind = 'reversal' THEN -1
                      WHEN e.kind = 'adjustment' THEN 0 ELSE 1 END) <= 0
    ) AS g
  ) AS p
  GROUP BY p.meter_id, p.month
) AS x
JOIN meter AS m ON m.id = x.meter_id;

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

CREATE VIEW missing_reading AS
SELECT m.code AS meter, c.code AS commodity,
       strftime('%Y-%m-%dT%H:%M:%SZ', x.at_utc, 'unixepoch') AS start_utc,
       x.seconds AS seconds,
       printf('%04d-%02d-%02d', x.day / 10000, x.day / 100 % 100, x.day % 100) AS local_day
FROM (
  SELECT e.meter_id AS meter_id, e.commodity_id AS commodity_id,
         e.start_utc + item.key * e.interval_s AS at_utc, e.interval_s AS seconds,
         MIN(e.first_day) AS day
  FROM (SELECT DISTINCT n.meter_id AS meter_id, n.first_day AS first_day FROM entry AS n
        WHERE n.meter_id IS NOT NULL AND instr(n.profile, 'null') > 0) AS d
  JOIN entry AS e ON e.meter_id = d.meter_id AND e.first_day = d.first_day
  CROSS JOIN json_each(e.profile) AS item
  GROUP BY e.meter_id, e.commodity_id, e.start_utc + item.key * e.interval_s, e.interval_s
  HAVING SUM(CASE WHEN e.kind = 'reversal' THEN -1 WHEN e.kind = 'adjustment' THEN 0 ELSE 1 END) > 0
     AND SUM(CASE WHEN item.value IS NULL OR e.kind = 'adjustment' THEN 0
                  WHEN e.kind = 'reversal' THEN -1 ELSE 1 END) <= 0
) AS x
JOIN meter AS m ON m.id = x.meter_id
JOIN commodity AS c ON c.id = x.commodity_id;

CREATE VIEW pack_view AS
SELECT p.code AS pack, p.edition AS edition, p.publisher AS publisher, p.title AS title,
       p.document AS document, p.licence AS licence, p.published_on AS published_on,
       p.confidence AS confidence, p.note AS note,
       (SELECT COUNT(*) FROM factor AS f WHERE f.pack_id = p.id) AS factors,
       CASE WHEN q.id IS NOT NULL THEN 'published' ELSE COALESCE(p.standing, 'earlier') END AS state,
       l.actor AS loaded_by, l.posted_at AS loaded_at, r.actor AS published_by,
       r.posted_at AS published_at, r.reason AS publication_reason, p.content_hash AS content_hash,
       p.batch_id AS batch, q.batch_id AS publication_batch
FROM factor_pack AS p
LEFT JOIN batch AS l ON l.id = p.batch_id
LEFT JOIN publication AS q ON q.pack_id = p.id
LEFT JOIN batch AS r ON r.id = q.batch_id;

CREATE VIEW production_record AS
SELECT * FROM entry_view WHERE commodity_kind = 'product';

CREATE VIEW reading AS
SELECT meter, commodity, strftime('%Y-%m-%dT%H:%M:%SZ', at_utc, 'unixepoch') AS start_utc, seconds,
       CASE WHEN live > 0 THEN round(amount, 9) END AS value,
       unit, batches, printf('%04d-%02d-%02d', local_day / 10000, local_day / 100 % 100, local_day % 100) AS local_day
FROM (
  SELECT m.code AS meter, c.code AS commodity, c.unit AS unit,
         e.start_utc + item.key * e.interval_s AS at_utc,
         e.interval_s AS seconds,
         MIN(e.first_day) AS local_day,
         SUM(CAST(item.value AS REAL) * e.scale_num / e.scale_den) AS amount,
         SUM(CASE WHEN e.kind = 'reversal' THEN -1 WHEN e.kind = 'adjustment' THEN 0
                  ELSE 1 END) AS said,
         SUM(CASE WHEN CAST(item.value AS REAL) IS NULL OR e.kind = 'adjustment' THEN 0
                  WHEN e.kind = 'reversal' THEN -1 ELSE 1 END) AS live,
         group_concat(DISTINCT e.batch_id) AS batches
  FROM entry AS e
  JOIN meter AS m ON m.id = e.meter_id
  JOIN commodity AS c ON c.id = e.commodity_id
  CROSS JOIN json_each(e.profile) AS item
  GROUP BY m.code, c.code, c.unit, e.start_utc + item.key * e.interval_s, e.interval_s
) AS summed
WHERE said > 0;

CREATE VIEW reject_view AS
SELECT r.batch_id AS batch, d.name AS document, r.line AS line, r.column_name AS column_name,
       r.text AS text, r.reason AS reason
FROM reject AS r JOIN batch AS b ON b.id = r.batch_id
LEFT JOIN document AS d ON d.id = b.document_id;

CREATE VIEW restatement_view AS
SELECT s.id AS restatement, s.batch_id AS batch, b.kind AS kind, b.actor AS actor,
       b.posted_at AS posted_at, s.reason AS reason, s.note AS note,
       c.id AS closing, a.code AS boundary, c.period AS period,
       f.code AS from_account, t.code AS to_account, g.code AS commodity,
       CASE WHEN x.month IS NOT NULL THEN printf('%04d-%02d', x.month / 100, x.month % 100) END AS local_month,
       (x.quantity_before / 1000000.0) AS quantity_before,
       (x.quantity_after / 1000000.0) AS quantity_after,
       ((x.quantity_after - x.quantity_before) / 1000000.0) AS quantity_change,
       g.unit AS unit
FROM restatement AS s
JOIN batch AS b ON b.id = s.batch_id
JOIN closing AS c ON c.id = s.closing_id
JOIN account AS a ON a.id = c.account_id
LEFT JOIN restated_figure AS x ON x.restatement_id = s.id
LEFT JOIN account AS f ON f.id = x.from_account_id
LEFT JOIN account AS t ON t.id = x.to_account_id
LEFT JOIN commodity AS g ON g.id = x.commodity_id;

CREATE VIEW run_restatement_part_view AS
SELECT p.run_restatement_id AS run_restatement, p.batch_id AS batch, p.cause AS cause, p.scope AS scope,
       p.account AS account, p.month AS month, p.product AS product,
       p.co2e_mg / 1000000000.0 AS co2e_t, p.co2e_mg AS co2e_mg
FROM run_restatement_part AS p;

CREATE VIEW run_restatement_view AS
SELECT r.id AS run_restatement, r.batch_id AS batch, r.old_run_id AS old_run, r.new_run_id AS new_run,
       o.kind AS kind, o.boundary AS boundary, n.boundary AS new_boundary, o.period AS period,
       o.method AS method, n.method AS new_method, s.total AS total,
       SUM(CASE WHEN p.cause = 'old' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS old_t,
       SUM(p.co2e_mg) / 1000000000.0 AS new_t,
       SUM(CASE WHEN p.cause = 'old' THEN 0 ELSE p.co2e_mg END) / 1000000000.0 AS change_t,
       ROUND(100.0 * SUM(CASE WHEN p.cause = 'old' THEN 0 ELSE p.co2e_mg END) / NULLIF(ABS(SUM(CASE WHEN p.cause = 'old' THEN p.co2e_mg ELSE 0 END)), 0), 3) AS percent,
       SUM(CASE WHEN p.cause = 'program' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS program_t,
       SUM(CASE WHEN p.cause = 'structure' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS structure_t,
       SUM(CASE WHEN p.cause = 'activity' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS activity_t,
       SUM(CASE WHEN p.cause = 'method' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS method_t,
       SUM(CASE WHEN p.cause = 'factor' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS factor_t,
       SUM(CASE WHEN p.cause = 'gwp' THEN p.co2e_mg ELSE 0 END) / 1000000000.0 AS gwp_t,
       CAST(r.threshold_percent AS REAL) AS threshold_percent, r.significant AS significant,
       b.reason AS reason, b.actor AS actor, b.posted_at AS posted_at
FROM run_restatement AS r
JOIN batch AS b ON b.id = r.batch_id
JOIN run AS o ON o.id = r.old_run_id
JOIN run AS n ON n.id = r.new_run_id
JOIN run_restatement_part AS p ON p.run_restatement_id = r.id
JOIN (SELECT 'location' AS total, '1' AS scope UNION ALL
      SELECT 'location', '2_location' UNION ALL
      SELECT 'location', '3' UNION ALL
      SELECT 'market', '1' UNION ALL
      SELECT 'market', '2_market' UNION ALL
      SELECT 'market', '3' UNION ALL
      SELECT 'biogenic', 'biogenic' UNION ALL
      SELECT 'product', 'product') AS s ON s.scope = p.scope
GROUP BY r.id, r.batch_id, r.old_run_id, r.new_run_id, o.kind, o.boundary, n.boundary, o.period,
         o.method, n.method, s.total, r.threshold_percent, r.significant, b.reason, b.actor,
         b.posted_at;

CREATE VIEW run_view AS
SELECT id AS run, kind, method, boundary, period, as_of_batch, engine, parameters, packs,
       content_hash, actor, computed_at
FROM run;

CREATE VIEW waste_record AS
SELECT * FROM entry_view WHERE commodity_kind = 'waste';

CREATE TRIGGER access_grant_no_delete BEFORE DELETE ON access_grant BEGIN SELECT RAISE(ABORT, 'append-only: access_grant rows are never changed or deleted; grant or revoke anew'); END;

CREATE TRIGGER access_grant_no_replace BEFORE INSERT ON access_grant WHEN EXISTS (SELECT 1 FROM access_grant AS x WHERE x.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'append-only: this access_grant row exists already'); END;

CREATE TRIGGER access_grant_no_update BEFORE UPDATE ON access_grant BEGIN SELECT RAISE(ABORT, 'append-only: access_grant rows are never changed or deleted; grant or revoke anew'); END;

CREATE TRIGGER account_no_delete BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'append-only: account rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER account_no_replace BEFORE INSERT ON account WHEN EXISTS (SELECT 1 FROM account AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'append-only: this account row exists already'); END;

CREATE TRIGGER account_no_update BEFORE UPDATE ON account BEGIN SELECT RAISE(ABORT, 'append-only: account rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER account_revision_no_delete BEFORE DELETE ON account_revision BEGIN SELECT RAISE(ABORT, 'append-only: account_revision rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER account_revision_no_replace BEFORE INSERT ON account_revision WHEN EXISTS (SELECT 1 FROM account_revision AS x WHERE (x.id = NEW.id) OR (x.account_id = NEW.account_id AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this account_revision row exists already'); END;

CREATE TRIGGER account_revision_no_update BEFORE UPDATE ON account_revision BEGIN SELECT RAISE(ABORT, 'append-only: account_revision rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER account_revision_sealed BEFORE INSERT ON account_revision WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER account_sealed BEFORE INSERT ON account WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER batch_in_order BEFORE INSERT ON batch WHEN NEW.id <> (SELECT coalesce(max(x.id), 0) + 1 FROM batch AS x) BEGIN SELECT RAISE(ABORT, 'append-only: batches are numbered without gaps'); END;

CREATE TRIGGER batch_no_delete BEFORE DELETE ON batch BEGIN SELECT RAISE(ABORT, 'append-only: batch rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER batch_no_replace BEFORE INSERT ON batch WHEN EXISTS (SELECT 1 FROM batch AS x WHERE (x.id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'append-only: this batch row exists already'); END;

CREATE TRIGGER batch_no_update BEFORE UPDATE ON batch BEGIN SELECT RAISE(ABORT, 'append-only: batch rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER batch_two_actors BEFORE INSERT ON batch WHEN EXISTS (SELECT 1 FROM publication AS q JOIN factor_pack AS p ON p.id = q.pack_id JOIN batch AS l ON l.id = p.batch_id WHERE q.batch_id = NEW.id AND lower(trim(l.actor)) = lower(trim(NEW.actor))) BEGIN SELECT RAISE(ABORT, 'two actors: a pack is published by another than the one who loaded it'); END;

CREATE TRIGGER closing_no_delete BEFORE DELETE ON closing BEGIN SELECT RAISE(ABORT, 'append-only: closing rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER closing_no_replace BEFORE INSERT ON closing WHEN EXISTS (SELECT 1 FROM closing AS x WHERE (x.id = NEW.id) OR (x.account_id = NEW.account_id AND x.first_day = NEW.first_day AND x.last_day = NEW.last_day)) BEGIN SELECT RAISE(ABORT, 'append-only: this closing row exists already'); END;

CREATE TRIGGER closing_no_update BEFORE UPDATE ON closing BEGIN SELECT RAISE(ABORT, 'append-only: closing rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER closing_sealed BEFORE INSERT ON closing WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER commodity_no_delete BEFORE DELETE ON commodity BEGIN SELECT RAISE(ABORT, 'append-only: commodity rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER commodity_no_replace BEFORE INSERT ON commodity WHEN EXISTS (SELECT 1 FROM commodity AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'append-only: this commodity row exists already'); END;

CREATE TRIGGER commodity_no_update BEFORE UPDATE ON commodity BEGIN SELECT RAISE(ABORT, 'append-only: commodity rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER commodity_revision_no_delete BEFORE DELETE ON commodity_revision BEGIN SELECT RAISE(ABORT, 'append-only: commodity_revision rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER commodity_revision_no_replace BEFORE INSERT ON commodity_revision WHEN EXISTS (SELECT 1 FROM commodity_revision AS x WHERE (x.id = NEW.id) OR (x.commodity_id = NEW.commodity_id AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this commodity_revision row exists already'); END;

CREATE TRIGGER commodity_revision_no_update BEFORE UPDATE ON commodity_revision BEGIN SELECT RAISE(ABORT, 'append-only: commodity_revision rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER commodity_revision_sealed BEFORE INSERT ON commodity_revision WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER commodity_sealed BEFORE INSERT ON commodity WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'append-only: document rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER document_no_replace BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document AS x WHERE (x.id = NEW.id) OR (x.sha256 = NEW.sha256)) BEGIN SELECT RAISE(ABORT, 'append-only: this document row exists already'); END;

CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'append-only: document rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER document_sealed BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER emission_line_row_no_delete BEFORE DELETE ON emission_line_row BEGIN SELECT RAISE(ABORT, 'append-only: emission_line_row rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER emission_line_row_no_replace BEFORE INSERT ON emission_line_row WHEN EXISTS (SELECT 1 FROM emission_line_row AS x WHERE (x.id = NEW.id) OR (x.run_id = NEW.run_id AND x.line = NEW.line)) BEGIN SELECT RAISE(ABORT, 'append-only: this emission_line_row row exists already'); END;

CREATE TRIGGER emission_line_row_no_update BEFORE UPDATE ON emission_line_row BEGIN SELECT RAISE(ABORT, 'append-only: emission_line_row rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append-only: entry rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry AS x WHERE (x.id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'append-only: this entry row exists already'); END;

CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only: entry rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER entry_not_closed BEFORE INSERT ON entry WHEN EXISTS (
  SELECT 1 FROM closing AS c CROSS JOIN account AS b CROSS JOIN account AS a
  WHERE b.id = c.account_id AND a.id IN (NEW.from_account_id, NEW.to_account_id)
  AND (a.id = b.id OR substr(a.code, 1, length(b.code) + 1) = b.code || '/')
  AND ((NEW.first_day <= c.last_day AND NEW.last_day >= c.first_day)
    OR (NEW.first_day / 100 <> NEW.last_day / 100
      AND NEW.start_utc < c.end_utc AND NEW.end_utc > c.start_utc))
  AND NOT EXISTS (SELECT 1 FROM restatement AS r
    WHERE r.batch_id = NEW.batch_id AND r.closing_id = c.id)
) BEGIN SELECT RAISE(ABORT, 'a closed period takes no entry without a restatement'); END;

CREATE TRIGGER entry_sealed BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER expectation_no_delete BEFORE DELETE ON expectation BEGIN SELECT RAISE(ABORT, 'append-only: expectation rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER expectation_no_replace BEFORE INSERT ON expectation WHEN EXISTS (SELECT 1 FROM expectation AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this expectation row exists already'); END;

CREATE TRIGGER expectation_no_update BEFORE UPDATE ON expectation BEGIN SELECT RAISE(ABORT, 'append-only: expectation rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER expectation_sealed BEFORE INSERT ON expectation WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER factor_no_delete BEFORE DELETE ON factor BEGIN SELECT RAISE(ABORT, 'append-only: factor rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER factor_no_replace BEFORE INSERT ON factor WHEN EXISTS (SELECT 1 FROM factor AS x WHERE (x.id = NEW.id) OR (x.pack_id = NEW.pack_id AND x.code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'append-only: this factor row exists already'); END;

CREATE TRIGGER factor_no_update BEFORE UPDATE ON factor BEGIN SELECT RAISE(ABORT, 'append-only: factor rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER factor_pack_no_delete BEFORE DELETE ON factor_pack BEGIN SELECT RAISE(ABORT, 'append-only: factor_pack rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER factor_pack_no_replace BEFORE INSERT ON factor_pack WHEN EXISTS (SELECT 1 FROM factor_pack AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code AND x.edition = NEW.edition)) BEGIN SELECT RAISE(ABORT, 'append-only: this factor_pack row exists already'); END;

CREATE TRIGGER factor_pack_no_update BEFORE UPDATE ON factor_pack BEGIN SELECT RAISE(ABORT, 'append-only: factor_pack rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER factor_pack_sealed BEFORE INSERT ON factor_pack WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER factor_sealed BEFORE INSERT ON factor WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER filed_report_no_delete BEFORE DELETE ON filed_report BEGIN SELECT RAISE(ABORT, 'append-only: filed_report rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER filed_report_no_replace BEFORE INSERT ON filed_report WHEN EXISTS (SELECT 1 FROM filed_report AS x WHERE x.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'append-only: this filed_report row exists already'); END;

CREATE TRIGGER filed_report_no_update BEFORE UPDATE ON filed_report BEGIN SELECT RAISE(ABORT, 'append-only: filed_report rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER finding_no_delete BEFORE DELETE ON finding BEGIN SELECT RAISE(ABORT, 'append-only: finding rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER finding_no_replace BEFORE INSERT ON finding WHEN EXISTS (SELECT 1 FROM finding AS x WHERE (x.id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'append-only: this finding row exists already'); END;

CREATE TRIGGER finding_no_update BEFORE UPDATE ON finding BEGIN SELECT RAISE(ABORT, 'append-only: finding rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER finding_sealed BEFORE INSERT ON finding WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER indicator_row_no_delete BEFORE DELETE ON indicator_row BEGIN SELECT RAISE(ABORT, 'append-only: indicator_row rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER indicator_row_no_replace BEFORE INSERT ON indicator_row WHEN EXISTS (SELECT 1 FROM indicator_row AS x WHERE (x.id = NEW.id) OR (x.run_id = NEW.run_id AND x.code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'append-only: this indicator_row row exists already'); END;

CREATE TRIGGER indicator_row_no_update BEFORE UPDATE ON indicator_row BEGIN SELECT RAISE(ABORT, 'append-only: indicator_row rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_event_no_delete BEFORE DELETE ON meter_event BEGIN SELECT RAISE(ABORT, 'append-only: meter_event rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_event_no_replace BEFORE INSERT ON meter_event WHEN EXISTS (SELECT 1 FROM meter_event AS x WHERE (x.id = NEW.id) OR (x.meter_id = NEW.meter_id AND x.at_utc = NEW.at_utc AND x.kind = NEW.kind AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this meter_event row exists already'); END;

CREATE TRIGGER meter_event_no_update BEFORE UPDATE ON meter_event BEGIN SELECT RAISE(ABORT, 'append-only: meter_event rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_event_sealed BEFORE INSERT ON meter_event WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER meter_no_delete BEFORE DELETE ON meter BEGIN SELECT RAISE(ABORT, 'append-only: meter rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_no_replace BEFORE INSERT ON meter WHEN EXISTS (SELECT 1 FROM meter AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'append-only: this meter row exists already'); END;

CREATE TRIGGER meter_no_update BEFORE UPDATE ON meter BEGIN SELECT RAISE(ABORT, 'append-only: meter rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_revision_no_delete BEFORE DELETE ON meter_revision BEGIN SELECT RAISE(ABORT, 'append-only: meter_revision rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_revision_no_replace BEFORE INSERT ON meter_revision WHEN EXISTS (SELECT 1 FROM meter_revision AS x WHERE (x.id = NEW.id) OR (x.meter_id = NEW.meter_id AND x.valid_from = NEW.valid_from AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this meter_revision row exists already'); END;

CREATE TRIGGER meter_revision_no_update BEFORE UPDATE ON meter_revision BEGIN SELECT RAISE(ABORT, 'append-only: meter_revision rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_revision_sealed BEFORE INSERT ON meter_revision WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER meter_sealed BEFORE INSERT ON meter WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER method_no_delete BEFORE DELETE ON method BEGIN SELECT RAISE(ABORT, 'append-only: method rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER method_no_replace BEFORE INSERT ON method WHEN EXISTS (SELECT 1 FROM method AS x WHERE (x.id = NEW.id) OR (x.code = NEW.code AND x.edition = NEW.edition)) BEGIN SELECT RAISE(ABORT, 'append-only: this method row exists already'); END;

CREATE TRIGGER method_no_update BEFORE UPDATE ON method BEGIN SELECT RAISE(ABORT, 'append-only: method rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER method_sealed BEFORE INSERT ON method WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER publication_no_delete BEFORE DELETE ON publication BEGIN SELECT RAISE(ABORT, 'append-only: publication rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER publication_no_replace BEFORE INSERT ON publication WHEN EXISTS (SELECT 1 FROM publication AS x WHERE (x.id = NEW.id) OR (x.pack_id = NEW.pack_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this publication row exists already'); END;

CREATE TRIGGER publication_no_update BEFORE UPDATE ON publication BEGIN SELECT RAISE(ABORT, 'append-only: publication rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER publication_sealed BEFORE INSERT ON publication WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER reject_no_delete BEFORE DELETE ON reject BEGIN SELECT RAISE(ABORT, 'append-only: reject rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER reject_no_replace BEFORE INSERT ON reject WHEN EXISTS (SELECT 1 FROM reject AS x WHERE (x.id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'append-only: this reject row exists already'); END;

CREATE TRIGGER reject_no_update BEFORE UPDATE ON reject BEGIN SELECT RAISE(ABORT, 'append-only: reject rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER reject_sealed BEFORE INSERT ON reject WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER restated_figure_no_delete BEFORE DELETE ON restated_figure BEGIN SELECT RAISE(ABORT, 'append-only: restated_figure rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restated_figure_no_replace BEFORE INSERT ON restated_figure WHEN EXISTS (SELECT 1 FROM restated_figure AS x WHERE (x.id = NEW.id) OR (x.restatement_id = NEW.restatement_id AND x.from_account_id = NEW.from_account_id AND x.to_account_id = NEW.to_account_id AND x.commodity_id = NEW.commodity_id AND x.month = NEW.month)) BEGIN SELECT RAISE(ABORT, 'append-only: this restated_figure row exists already'); END;

CREATE TRIGGER restated_figure_no_update BEFORE UPDATE ON restated_figure BEGIN SELECT RAISE(ABORT, 'append-only: restated_figure rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restated_figure_sealed BEFORE INSERT ON restated_figure WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER restatement_no_delete BEFORE DELETE ON restatement BEGIN SELECT RAISE(ABORT, 'append-only: restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restatement_no_replace BEFORE INSERT ON restatement WHEN EXISTS (SELECT 1 FROM restatement AS x WHERE (x.id = NEW.id) OR (x.batch_id = NEW.batch_id AND x.closing_id = NEW.closing_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this restatement row exists already'); END;

CREATE TRIGGER restatement_no_update BEFORE UPDATE ON restatement BEGIN SELECT RAISE(ABORT, 'append-only: restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restatement_sealed BEFORE INSERT ON restatement WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER run_no_delete BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'append-only: run rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_no_replace BEFORE INSERT ON run WHEN EXISTS (SELECT 1 FROM run AS x WHERE (x.id = NEW.id) OR (x.content_hash = NEW.content_hash)) BEGIN SELECT RAISE(ABORT, 'append-only: this run row exists already'); END;

CREATE TRIGGER run_no_update BEFORE UPDATE ON run BEGIN SELECT RAISE(ABORT, 'append-only: run rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_no_delete BEFORE DELETE ON run_restatement BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_no_replace BEFORE INSERT ON run_restatement WHEN EXISTS (SELECT 1 FROM run_restatement AS x WHERE (x.id = NEW.id) OR (x.old_run_id = NEW.old_run_id AND x.new_run_id = NEW.new_run_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this run_restatement row exists already'); END;

CREATE TRIGGER run_restatement_no_update BEFORE UPDATE ON run_restatement BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_part_no_delete BEFORE DELETE ON run_restatement_part BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement_part rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_part_no_replace BEFORE INSERT ON run_restatement_part WHEN EXISTS (SELECT 1 FROM run_restatement_part AS x WHERE (x.id = NEW.id) OR (x.run_restatement_id = NEW.run_restatement_id AND x.cause = NEW.cause AND x.scope = NEW.scope AND x.account = NEW.account AND x.month = NEW.month AND x.product = NEW.product)) BEGIN SELECT RAISE(ABORT, 'append-only: this run_restatement_part row exists already'); END;

CREATE TRIGGER run_restatement_part_no_update BEFORE UPDATE ON run_restatement_part BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement_part rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_part_sealed BEFORE INSERT ON run_restatement_part WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER run_restatement_sealed BEFORE INSERT ON run_restatement WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TABLE access_grant (
	id INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	account_id INTEGER, 
	granted_at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	CONSTRAINT pk_access_grant PRIMARY KEY (id), 
	CONSTRAINT ck_access_grant_kind CHECK (kind IN ('auditor', 'importer', 'revoked')), 
	CONSTRAINT fk_access_grant_account_id FOREIGN KEY(account_id) REFERENCES account (id)
)
 STRICT

;

CREATE TABLE account (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	outside INTEGER NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT ck_account_outside CHECK (outside IN (0, 1)), 
	CONSTRAINT fk_account_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_account_code UNIQUE (code)
)
 STRICT

;

CREATE TABLE account_revision (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	region TEXT, 
	timezone TEXT, 
	technology TEXT, 
	treatment TEXT, 
	name_en TEXT, 
	name_zh TEXT, tolerance TEXT, ownership TEXT, base_year TEXT, 
	CONSTRAINT pk_account_revision PRIMARY KEY (id), 
	CONSTRAINT ck_account_revision_kind CHECK (kind IN ('facility', 'process', 'boiler', 'chp', 'generator', 'stock', 'office', 'vehicle', 'grid', 'supplier', 'customer', 'treatment', 'environment', 'market')), 
	CONSTRAINT fk_account_revision_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_account_revision_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_account_revision_account_id_batch_id UNIQUE (account_id, batch_id)
)
 STRICT

;

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE batch (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	posted_at TEXT NOT NULL, 
	reason TEXT, 
	document_id INTEGER, 
	reading_rules TEXT, 
	source_rows INTEGER NOT NULL, 
	readings INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	skipped INTEGER NOT NULL, 
	rejected INTEGER NOT NULL, 
	gaps INTEGER NOT NULL, 
	totals TEXT NOT NULL, 
	warnings TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	leaf_hash TEXT NOT NULL, 
	CONSTRAINT pk_batch PRIMARY KEY (id), 
	CONSTRAINT ck_batch_kind CHECK (kind IN ('import', 'correction', 'reversal', 'site', 'event', 'factors', 'method', 'closing', 'estimate', 'publication')), 
	CONSTRAINT fk_batch_document_id FOREIGN KEY(document_id) REFERENCES document (id)
)
 STRICT

;

CREATE TABLE closing (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	period TEXT NOT NULL, 
	first_day INTEGER NOT NULL, 
	last_day INTEGER NOT NULL, 
	start_utc INTEGER NOT NULL, 
	end_utc INTEGER NOT NULL, 
	CONSTRAINT pk_closing PRIMARY KEY (id), 
	CONSTRAINT ck_closing_days CHECK (last_day >= first_day), 
	CONSTRAINT fk_closing_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_closing_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT uq_closing_account_id_first_day_last_day UNIQUE (account_id, first_day, last_day)
)
 STRICT

;

CREATE TABLE commodity (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	CONSTRAINT pk_commodity PRIMARY KEY (id), 
	CONSTRAINT ck_commodity_kind CHECK (kind IN ('electricity', 'heat', 'fuel', 'biofuel', 'water', 'material', 'product', 'waste', 'gas', 'pollutant', 'certificate', 'money', 'service')), 
	CONSTRAINT fk_commodity_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_commodity_code UNIQUE (code)
)
 STRICT

;

CREATE TABLE commodity_revision (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	commodity_id INTEGER NOT NULL, 
	mass_kg TEXT, 
	name_en TEXT, 
	name_zh TEXT, 
	note TEXT, 
	CONSTRAINT pk_commodity_revision PRIMARY KEY (id), 
	CONSTRAINT fk_commodity_revision_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_commodity_revision_commodity_id FOREIGN KEY(commodity_id) REFERENCES commodity (id), 
	CONSTRAINT uq_commodity_revision_commodity_id_batch_id UNIQUE (commodity_id, batch_id)
)
 STRICT

;

CREATE TABLE data_dictionary (
	object TEXT NOT NULL, 
	column_name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	text_en TEXT NOT NULL, 
	text_zh TEXT, 
	CONSTRAINT pk_data_dictionary PRIMARY KEY (object, column_name)
)
 STRICT

;

CREATE TABLE document (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	name TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	media TEXT NOT NULL, 
	kept INTEGER NOT NULL, 
	CONSTRAINT pk_document PRIMARY KEY (id), 
	CONSTRAINT uq_document_sha256 UNIQUE (sha256)
)
 STRICT

;

CREATE TABLE emission_line_row (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	category TEXT NOT NULL, 
	commodity TEXT NOT NULL, 
	month TEXT NOT NULL, 
	gas TEXT NOT NULL, 
	activity INTEGER NOT NULL, 
	activity_unit TEXT NOT NULL, 
	factor TEXT NOT NULL, 
	factor_value TEXT, 
	factor_unit TEXT NOT NULL, 
	mass_mg INTEGER NOT NULL, 
	gwp TEXT NOT NULL, 
	co2e_mg INTEGER NOT NULL, 
	basis TEXT NOT NULL, 
	inputs TEXT NOT NULL, 
	CONSTRAINT pk_emission_line_row PRIMARY KEY (id), 
	CONSTRAINT fk_emission_line_row_run_id FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT uq_emission_line_row_run_id_line UNIQUE (run_id, line)
)
 STRICT

;

CREATE TABLE entry (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	meter_id INTEGER, 
	from_account_id INTEGER NOT NULL, 
	to_account_id INTEGER NOT NULL, 
	commodity_id INTEGER NOT NULL, 
	start_utc INTEGER NOT NULL, 
	end_utc INTEGER NOT NULL, 
	first_day INTEGER NOT NULL, 
	last_day INTEGER NOT NULL, 
	quantity INTEGER NOT NULL, 
	recorded_quantity TEXT NOT NULL, 
	recorded_unit TEXT NOT NULL, 
	interval_s INTEGER, 
	profile TEXT, 
	scale_num INTEGER, 
	scale_den INTEGER, 
	register_start TEXT, 
	register_end TEXT, 
	quality TEXT NOT NULL, 
	document_no TEXT, 
	note TEXT, 
	line_first INTEGER, 
	line_last INTEGER, 
	corrects_id INTEGER, 
	CONSTRAINT pk_entry PRIMARY KEY (id), 
	CONSTRAINT ck_entry_kind CHECK (kind IN ('reading', 'record', 'adjustment', 'reversal', 'estimate')), 
	CONSTRAINT ck_entry_period CHECK (end_utc >= start_utc), 
	CONSTRAINT ck_entry_two_accounts CHECK (from_account_id <> to_account_id), 
	CONSTRAINT fk_entry_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_entry_commodity_id FOREIGN KEY(commodity_id) REFERENCES commodity (id), 
	CONSTRAINT fk_entry_corrects_id FOREIGN KEY(corrects_id) REFERENCES entry (id), 
	CONSTRAINT fk_entry_from_account_id FOREIGN KEY(from_account_id) REFERENCES account (id), 
	CONSTRAINT fk_entry_meter_id FOREIGN KEY(meter_id) REFERENCES meter (id), 
	CONSTRAINT fk_entry_to_account_id FOREIGN KEY(to_account_id) REFERENCES account (id)
)
 STRICT

;

CREATE TABLE expectation (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	meter_id INTEGER, 
	commodity_id INTEGER, 
	from_account_id INTEGER, 
	to_account_id INTEGER, 
	frequency TEXT NOT NULL, 
	since INTEGER NOT NULL, 
	until INTEGER, 
	due_days INTEGER NOT NULL, 
	owner TEXT NOT NULL, 
	whole INTEGER NOT NULL, 
	note TEXT, 
	withdrawn INTEGER NOT NULL, 
	CONSTRAINT pk_expectation PRIMARY KEY (id), 
	CONSTRAINT ck_expectation_frequency CHECK (frequency IN ('day', 'month', 'quarter', 'year')), 
	CONSTRAINT ck_expectation_what CHECK (meter_id IS NOT NULL OR commodity_id IS NOT NULL), 
	CONSTRAINT ck_expectation_due_days CHECK (due_days >= 0), 
	CONSTRAINT ck_expectation_whole CHECK (whole IN (0, 1)), 
	CONSTRAINT ck_expectation_withdrawn CHECK (withdrawn IN (0, 1)), 
	CONSTRAINT fk_expectation_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_expectation_meter_id FOREIGN KEY(meter_id) REFERENCES meter (id), 
	CONSTRAINT fk_expectation_commodity_id FOREIGN KEY(commodity_id) REFERENCES commodity (id), 
	CONSTRAINT fk_expectation_from_account_id FOREIGN KEY(from_account_id) REFERENCES account (id), 
	CONSTRAINT fk_expectation_to_account_id FOREIGN KEY(to_account_id) REFERENCES account (id), 
	CONSTRAINT uq_expectation_code_batch_id UNIQUE (code, batch_id)
)
 STRICT

;

CREATE TABLE factor (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	pack_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	activity TEXT NOT NULL, 
	region TEXT NOT NULL, 
	valid_from TEXT, 
	valid_to TEXT, 
	data_year INTEGER, 
	purpose TEXT NOT NULL, 
	gas TEXT NOT NULL, 
	value TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	basis TEXT NOT NULL, 
	technology TEXT NOT NULL, 
	uncertainty TEXT NOT NULL, 
	distribution TEXT NOT NULL, 
	page TEXT NOT NULL, 
	confidence TEXT NOT NULL, 
	note TEXT NOT NULL, pedigree TEXT, 
	CONSTRAINT pk_factor PRIMARY KEY (id), 
	CONSTRAINT fk_factor_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_factor_pack_id FOREIGN KEY(pack_id) REFERENCES factor_pack (id), 
	CONSTRAINT uq_factor_pack_id_code UNIQUE (pack_id, code)
)
 STRICT

;

CREATE TABLE factor_pack (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	edition TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	title TEXT NOT NULL, 
	title_zh TEXT, 
	document TEXT NOT NULL, 
	licence TEXT NOT NULL, 
	published_on TEXT, 
	confidence TEXT NOT NULL, 
	note TEXT, 
	content_hash TEXT NOT NULL, standing TEXT CONSTRAINT ck_factor_pack_standing CHECK (standing IN ('shipped', 'stated', 'held')), pedigree_by TEXT, 
	CONSTRAINT pk_factor_pack PRIMARY KEY (id), 
	CONSTRAINT fk_factor_pack_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_factor_pack_code_edition UNIQUE (code, edition)
)
 STRICT

;

CREATE TABLE filed_report (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	boundary TEXT NOT NULL, 
	period TEXT NOT NULL, 
	method TEXT NOT NULL, 
	language TEXT NOT NULL, 
	form TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	as_of_batch INTEGER NOT NULL, 
	asked_as_of INTEGER, 
	runs TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	actor TEXT NOT NULL, 
	filed_at TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	CONSTRAINT pk_filed_report PRIMARY KEY (id)
)
 STRICT

;

CREATE TABLE finding (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	meter_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	start_utc INTEGER NOT NULL, 
	end_utc INTEGER NOT NULL, 
	first_day INTEGER NOT NULL, 
	last_day INTEGER NOT NULL, 
	count INTEGER NOT NULL, 
	value TEXT, 
	expected TEXT, 
	unit TEXT, 
	parameters TEXT NOT NULL, 
	text_en TEXT NOT NULL, 
	text_zh TEXT NOT NULL, 
	line_first INTEGER, 
	line_last INTEGER, 
	CONSTRAINT pk_finding PRIMARY KEY (id), 
	CONSTRAINT ck_finding_severity CHECK (severity IN ('info', 'warning')), 
	CONSTRAINT ck_finding_period CHECK (end_utc >= start_utc), 
	CONSTRAINT fk_finding_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_finding_meter_id FOREIGN KEY(meter_id) REFERENCES meter (id)
)
 STRICT

;

CREATE TABLE indicator_row (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	value TEXT, 
	unit TEXT NOT NULL, 
	target TEXT, 
	status TEXT NOT NULL, 
	reason TEXT, 
	CONSTRAINT pk_indicator_row PRIMARY KEY (id), 
	CONSTRAINT ck_indicator_row_status CHECK (status IN ('met', 'not_met', 'not_applicable', 'no_threshold', 'not_assessable')), 
	CONSTRAINT fk_indicator_row_run_id FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT uq_indicator_row_run_id_code UNIQUE (run_id, code)
)
 STRICT

;

CREATE TABLE meter (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	CONSTRAINT pk_meter PRIMARY KEY (id), 
	CONSTRAINT fk_meter_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_meter_code UNIQUE (code)
)
 STRICT

;

CREATE TABLE meter_event (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	meter_id INTEGER NOT NULL, 
	at_utc INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	old_reading TEXT, 
	new_reading TEXT, 
	note TEXT, 
	multiplier TEXT, 
	expires_utc INTEGER, 
	withdrawn INTEGER NOT NULL, 
	CONSTRAINT pk_meter_event PRIMARY KEY (id), 
	CONSTRAINT ck_meter_event_kind CHECK (kind IN ('swap', 'rollover', 'calibration', 'multiplier')), 
	CONSTRAINT ck_meter_event_withdrawn CHECK (withdrawn IN (0, 1)), 
	CONSTRAINT fk_meter_event_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_meter_event_meter_id FOREIGN KEY(meter_id) REFERENCES meter (id), 
	CONSTRAINT uq_meter_event_meter_id_at_utc_kind_batch_id UNIQUE (meter_id, at_utc, kind, batch_id)
)
 STRICT

;

CREATE TABLE meter_revision (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	meter_id INTEGER NOT NULL, 
	valid_from INTEGER NOT NULL, 
	from_account_id INTEGER NOT NULL, 
	to_account_id INTEGER NOT NULL, 
	commodity_id INTEGER NOT NULL, 
	unit TEXT NOT NULL, 
	reads TEXT NOT NULL, 
	digits INTEGER, 
	multiplier TEXT NOT NULL, 
	timezone TEXT NOT NULL, 
	conversion TEXT, accuracy_class TEXT, tolerance TEXT, tolerance_source TEXT, 
	CONSTRAINT pk_meter_revision PRIMARY KEY (id), 
	CONSTRAINT ck_meter_revision_reads CHECK (reads IN ('interval', 'power', 'register')), 
	CONSTRAINT fk_meter_revision_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_meter_revision_commodity_id FOREIGN KEY(commodity_id) REFERENCES commodity (id), 
	CONSTRAINT fk_meter_revision_from_account_id FOREIGN KEY(from_account_id) REFERENCES account (id), 
	CONSTRAINT fk_meter_revision_meter_id FOREIGN KEY(meter_id) REFERENCES meter (id), 
	CONSTRAINT fk_meter_revision_to_account_id FOREIGN KEY(to_account_id) REFERENCES account (id), 
	CONSTRAINT uq_meter_revision_meter_id_valid_from_batch_id UNIQUE (meter_id, valid_from, batch_id)
)
 STRICT

;

CREATE TABLE method (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	edition TEXT NOT NULL, 
	standard TEXT NOT NULL, 
	rules TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	CONSTRAINT pk_method PRIMARY KEY (id), 
	CONSTRAINT fk_method_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_method_code_edition UNIQUE (code, edition)
)
 STRICT

;

CREATE TABLE publication (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	pack_id INTEGER NOT NULL, 
	content_hash TEXT NOT NULL, 
	CONSTRAINT pk_publication PRIMARY KEY (id), 
	CONSTRAINT fk_publication_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_publication_pack_id FOREIGN KEY(pack_id) REFERENCES factor_pack (id), 
	CONSTRAINT uq_publication_pack_id UNIQUE (pack_id)
)
 STRICT

;

CREATE TABLE reject (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	column_name TEXT NOT NULL, 
	text TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_reject PRIMARY KEY (id), 
	CONSTRAINT fk_reject_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED
)
 STRICT

;

CREATE TABLE restated_figure (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	restatement_id INTEGER NOT NULL, 
	from_account_id INTEGER NOT NULL, 
	to_account_id INTEGER NOT NULL, 
	commodity_id INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	quantity_before INTEGER NOT NULL, 
	quantity_after INTEGER NOT NULL, 
	CONSTRAINT pk_restated_figure PRIMARY KEY (id), 
	CONSTRAINT fk_restated_figure_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_restated_figure_restatement_id FOREIGN KEY(restatement_id) REFERENCES restatement (id), 
	CONSTRAINT fk_restated_figure_from_account_id FOREIGN KEY(from_account_id) REFERENCES account (id), 
	CONSTRAINT fk_restated_figure_to_account_id FOREIGN KEY(to_account_id) REFERENCES account (id), 
	CONSTRAINT fk_restated_figure_commodity_id FOREIGN KEY(commodity_id) REFERENCES commodity (id), 
	CONSTRAINT uq_restated_figure_flow UNIQUE (restatement_id, from_account_id, to_account_id, commodity_id, month)
)
 STRICT

;

CREATE TABLE restatement (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	closing_id INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	note TEXT, 
	CONSTRAINT pk_restatement PRIMARY KEY (id), 
	CONSTRAINT fk_restatement_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_restatement_closing_id FOREIGN KEY(closing_id) REFERENCES closing (id), 
	CONSTRAINT uq_restatement_batch_id_closing_id UNIQUE (batch_id, closing_id)
)
 STRICT

;

CREATE TABLE run (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	method TEXT NOT NULL, 
	boundary TEXT NOT NULL, 
	period TEXT NOT NULL, 
	as_of_batch INTEGER NOT NULL, 
	engine TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	packs TEXT NOT NULL, 
	result TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	computed_at TEXT NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT uq_run_content_hash UNIQUE (content_hash)
)
 STRICT

;

CREATE TABLE run_restatement (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	old_run_id INTEGER NOT NULL, 
	new_run_id INTEGER NOT NULL, 
	old_hash TEXT NOT NULL, 
	new_hash TEXT NOT NULL, 
	threshold_percent TEXT NOT NULL, 
	significant INTEGER NOT NULL, 
	CONSTRAINT pk_run_restatement PRIMARY KEY (id), 
	CONSTRAINT ck_run_restatement_significant CHECK (significant IN (0, 1)), 
	CONSTRAINT fk_run_restatement_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_run_restatement_old_run_id FOREIGN KEY(old_run_id) REFERENCES run (id), 
	CONSTRAINT fk_run_restatement_new_run_id FOREIGN KEY(new_run_id) REFERENCES run (id), 
	CONSTRAINT uq_run_restatement_old_run_id_new_run_id UNIQUE (old_run_id, new_run_id)
)
 STRICT

;

CREATE TABLE run_restatement_part (
	id INTEGER NOT NULL, 
	batch_id INTEGER NOT NULL, 
	run_restatement_id INTEGER NOT NULL, 
	cause TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	account TEXT NOT NULL, 
	month TEXT NOT NULL, 
	product TEXT NOT NULL, 
	co2e_mg INTEGER NOT NULL, 
	CONSTRAINT pk_run_restatement_part PRIMARY KEY (id), 
	CONSTRAINT ck_run_restatement_part_cause CHECK (cause IN ('old', 'program', 'structure', 'activity', 'method', 'factor', 'gwp')), 
	CONSTRAINT fk_run_restatement_part_batch_id FOREIGN KEY(batch_id) REFERENCES batch (id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_run_restatement_part_run_restatement_id FOREIGN KEY(run_restatement_id) REFERENCES run_restatement (id), 
	CONSTRAINT uq_run_restatement_part UNIQUE (run_restatement_id, cause, scope, account, month, product)
)
 STRICT

;

CREATE INDEX ix_entry_batch ON entry (batch_id);

CREATE INDEX ix_entry_corrects ON entry (corrects_id) WHERE corrects_id IS NOT NULL;

CREATE INDEX ix_entry_long ON entry (meter_id, first_day) WHERE last_day > first_day AND meter_id IS NOT NULL;

CREATE INDEX ix_entry_meter_day ON entry (meter_id, first_day);

CREATE INDEX ix_entry_missing ON entry (meter_id, first_day) WHERE instr(profile, 'null') > 0;

CREATE INDEX ix_entry_not_measured ON entry (first_day, last_day) WHERE quality <> 'actual' OR meter_id IS NULL;

CREATE INDEX ix_entry_spanning ON entry (first_day, last_day) WHERE first_day / 100 <> last_day / 100;

CREATE INDEX ix_entry_sums ON entry (first_day, commodity_id, from_account_id, to_account_id, last_day, batch_id, quantity);

CREATE INDEX ix_entry_without_meter ON entry (from_account_id, to_account_id, commodity_id) WHERE meter_id IS NULL;

CREATE INDEX ix_finding_batch ON finding (batch_id);

CREATE INDEX ix_finding_meter ON finding (meter_id, kind);

