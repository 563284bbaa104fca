-- Views of findings and meter events, and the triggers that make the table of findings
-- append-only; those of meter_event stay as they were. A blank line ends a statement.

CREATE VIEW meter_event_view AS
SELECT m.code AS meter,
       to_char(to_timestamp(e.at_utc) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at_utc,
       e.kind AS kind, e.old_reading AS old_reading, e.new_reading AS new_reading,
       e.multiplier AS multiplier,
       to_char(to_timestamp(e.expires_utc) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires_utc,
       e.note AS note, e.batch_id AS batch
FROM meter_event AS e JOIN meter AS m ON m.id = e.meter_id
WHERE e.withdrawn = 0 AND e.batch_id = (
  SELECT MAX(x.batch_id) FROM meter_event AS x
  WHERE x.meter_id = e.meter_id AND x.at_utc = e.at_utc AND x.kind = e.kind);

CREATE VIEW finding_view AS
SELECT n.id AS finding, n.batch_id AS batch, m.code AS meter, n.kind AS kind,
       n.severity AS severity,
       to_char(to_timestamp(n.start_utc) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start_utc,
       to_char(to_timestamp(n.end_utc) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS end_utc,
       to_char(to_date((n.first_day)::text, 'YYYYMMDD'), 'YYYY-MM-DD') AS local_day,
       to_char(to_date((n.last_day)::text, 'YYYYMMDD'), 'YYYY-MM-DD') AS last_local_day,
       n.count AS count, CAST(n.value AS numeric) AS value,
       CAST(n.expected AS numeric) AS expected, n.unit AS unit,
       n.text_en AS text_en, n.text_zh AS text_zh, n.parameters AS parameters,
       d.name AS document, n.line_first AS line_first, n.line_last AS line_last
FROM finding AS n
JOIN meter AS m ON m.id = n.meter_id
JOIN batch AS b ON b.id = n.batch_id
LEFT JOIN document AS d ON d.id = b.document_id;

CREATE TRIGGER finding_append_only BEFORE UPDATE OR DELETE ON finding FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER finding_no_truncate BEFORE TRUNCATE ON finding FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER finding_sealed BEFORE INSERT ON finding FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();
