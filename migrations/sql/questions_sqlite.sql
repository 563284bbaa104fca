-- Views for the questions of auditors. A blank line ends a statement.

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

CREATE VIEW document_view AS
SELECT d.name AS document, d.sha256 AS document_sha256, d.bytes AS bytes, d.media AS media,
       d.kept AS kept, d.batch_id AS batch
FROM document AS d;
