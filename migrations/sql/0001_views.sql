-- Views of the ledger for people and programs. The same on every database: ISO(), DAY(), MONTH(),
-- AMOUNT(), MEMBER() and LIST() are written out for each dialect by the migration.

CREATE VIEW entry_view AS
SELECT e.id AS entry,
       e.batch_id AS batch,
       m.code AS meter,
       f.code AS from_account,
       t.code AS to_account,
       MEMBER(f.code, f.outside) AS from_member,
       MEMBER(t.code, t.outside) AS to_member,
       c.code AS commodity,
       c.kind AS commodity_kind,
       e.kind AS kind,
       ISO(e.start_utc) AS start_utc,
       ISO(e.end_utc) AS end_utc,
       DAY(e.first_day) AS local_day,
       MONTH(e.first_day) AS local_month,
       DAY(e.last_day) AS last_local_day,
       AMOUNT(e.quantity) AS quantity,
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

CREATE VIEW energy_record AS
SELECT * FROM entry_view WHERE commodity_kind IN ('electricity', 'heat', 'fuel', 'biofuel');

CREATE VIEW waste_record AS
SELECT * FROM entry_view WHERE commodity_kind = 'waste';

CREATE VIEW production_record AS
SELECT * FROM entry_view WHERE commodity_kind = 'product';

CREATE VIEW reading AS
SELECT meter, commodity, ISO(at_utc) AS start_utc, seconds,
       CASE WHEN live > 0 THEN ROUND9(amount) END AS value,
       unit, batches, DAY(local_day) AS local_day
FROM (
  SELECT m.code AS meter, c.code AS commodity, c.unit AS unit,
         e.start_utc + ITEM_INDEX * e.interval_s AS at_utc,
         e.interval_s AS seconds,
         MIN(e.first_day) AS local_day,
         SUM(ITEM_VALUE * e.scale_num / e.scale_den) AS amount,
         SUM(CASE WHEN e.kind = 'reversal' THEN -1 WHEN e.kind = 'adjustment' THEN 0
                  ELSE 1 END) AS said,
         SUM(CASE WHEN ITEM_VALUE IS NULL OR e.kind = 'adjustment' THEN 0
                  WHEN e.kind = 'reversal' THEN -1 ELSE 1 END) AS live,
         LIST(e.batch_id) AS batches
  FROM entry AS e
  JOIN meter AS m ON m.id = e.meter_id
  JOIN commodity AS c ON c.id = e.commodity_id
  CROSS JOIN ITEMS(e.profile)
  GROUP BY m.code, c.code, c.unit, e.start_utc + ITEM_INDEX * e.interval_s, e.interval_s
) AS summed
WHERE said > 0;

CREATE VIEW batch_view AS
SELECT b.id AS batch, b.kind AS kind, b.actor AS actor, b.posted_at AS posted_at,
       b.reason AS reason, d.name AS document, d.sha256 AS document_sha256, d.bytes AS bytes,
       b.source_rows AS source_rows, b.readings AS readings, b.entries AS entries,
       b.skipped AS skipped, b.rejected AS rejected, b.gaps AS gaps, b.totals AS totals,
       b.warnings AS warnings, b.reading_rules AS reading_rules,
       b.content_hash AS content_hash, b.leaf_hash AS leaf_hash
FROM batch AS b LEFT JOIN document AS d ON d.id = b.document_id;

CREATE VIEW reject_view AS
SELECT r.batch_id AS batch, d.name AS document, r.line AS line, r.column_name AS column_name,
       r.text AS text, r.reason AS reason
FROM reject AS r JOIN batch AS b ON b.id = r.batch_id
LEFT JOIN document AS d ON d.id = b.document_id;

CREATE VIEW account_view AS
SELECT a.code AS account, a.outside AS outside, MEMBER(a.code, a.outside) AS member,
       r.kind AS kind, r.region AS region, r.timezone AS timezone, r.technology AS technology,
       r.treatment AS treatment, r.name_en AS name_en, r.name_zh AS name_zh, r.batch_id AS batch
FROM account AS a JOIN account_revision AS r ON r.account_id = a.id
WHERE r.batch_id = (SELECT MAX(x.batch_id) FROM account_revision AS x WHERE x.account_id = a.id);

CREATE VIEW commodity_view AS
SELECT c.code AS commodity, c.kind AS kind, c.unit AS unit, r.mass_kg AS mass_kg,
       r.name_en AS name_en, r.name_zh AS name_zh, r.note AS note, r.batch_id AS batch
FROM commodity AS c JOIN commodity_revision AS r ON r.commodity_id = c.id
WHERE r.batch_id = (
  SELECT MAX(x.batch_id) FROM commodity_revision AS x WHERE x.commodity_id = c.id);

CREATE VIEW meter_view AS
SELECT m.code AS meter,
       CASE WHEN r.valid_from > 0 THEN DAY(r.valid_from) END AS valid_from,
       f.code AS from_account, t.code AS to_account, c.code AS commodity, r.unit AS unit,
       r.reads AS reads, r.digits AS digits, r.multiplier AS multiplier, r.timezone AS timezone,
       r.conversion AS conversion, r.batch_id AS batch
FROM meter AS m JOIN meter_revision AS r ON r.meter_id = m.id
JOIN account AS f ON f.id = r.from_account_id
JOIN account AS t ON t.id = r.to_account_id
JOIN commodity AS c ON c.id = r.commodity_id
WHERE r.batch_id = (
  SELECT MAX(x.batch_id) FROM meter_revision AS x
  WHERE x.meter_id = m.id AND x.valid_from = r.valid_from);

CREATE VIEW meter_event_view AS
SELECT m.code AS meter, ISO(e.at_utc) AS at_utc, e.kind AS kind, e.old_reading AS old_reading,
       e.new_reading AS new_reading, e.note AS note, e.batch_id AS batch
FROM meter_event AS e JOIN meter AS m ON m.id = e.meter_id;

CREATE VIEW factor_view AS
SELECT p.code || '@' || p.edition || '/' || f.code AS factor, p.code AS pack,
       p.edition AS edition, f.activity AS activity, f.region AS region,
       f.valid_from AS valid_from, f.valid_to AS valid_to, f.data_year AS data_year,
       f.purpose AS purpose, f.gas AS gas, f.value AS value, f.unit AS unit, f.basis AS basis,
       f.technology AS technology, f.uncertainty AS uncertainty, p.publisher AS publisher,
       p.title AS title, p.document AS document, p.published_on AS published_on, f.page AS page,
       f.confidence AS confidence, f.note AS note, f.batch_id AS batch
FROM factor AS f JOIN factor_pack AS p ON p.id = f.pack_id;

CREATE VIEW run_view AS
SELECT id AS run, kind, method, boundary, period, as_of_batch, engine, parameters, packs,
       content_hash, actor, computed_at
FROM run;

CREATE VIEW emission_line AS
SELECT run_id AS run, line, account, scope, category, commodity, month, gas,
       AMOUNT(activity) AS activity, activity_unit, factor,
       DECIMAL(factor_value) AS factor_value, factor_unit,
       AMOUNT(mass_mg) AS mass_kg, DECIMAL(gwp) AS gwp, AMOUNT(co2e_mg) AS co2e_kg, basis,
       activity AS activity_micro, mass_mg, co2e_mg
FROM emission_line_row;

CREATE VIEW indicator AS
SELECT run_id AS run, code, name_en AS name, name_zh, DECIMAL(value) AS value, unit, target,
       status, reason
FROM indicator_row;
