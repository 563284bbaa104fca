-- Views of findings and meter events, and the triggers that make both tables append-only.
-- A blank line ends a statement.

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

CREATE TRIGGER meter_event_no_update BEFORE UPDATE ON meter_event BEGIN SELECT RAISE(ABORT, 'append-only: meter_event rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_event_no_delete BEFORE DELETE ON meter_event BEGIN SELECT RAISE(ABORT, 'append-only: meter_event rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER meter_event_no_replace BEFORE INSERT ON meter_event WHEN EXISTS (SELECT 1 FROM meter_event AS x WHERE (x.id = NEW.id) OR (x.meter_id = NEW.meter_id AND x.at_utc = NEW.at_utc AND x.kind = NEW.kind AND x.batch_id = NEW.batch_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this meter_event row exists already'); END;

CREATE TRIGGER meter_event_sealed BEFORE INSERT ON meter_event WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER finding_no_update BEFORE UPDATE ON finding BEGIN SELECT RAISE(ABORT, 'append-only: finding rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER finding_no_delete BEFORE DELETE ON finding BEGIN SELECT RAISE(ABORT, 'append-only: finding rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER finding_no_replace BEFORE INSERT ON finding WHEN EXISTS (SELECT 1 FROM finding AS x WHERE (x.id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'append-only: this finding row exists already'); END;

CREATE TRIGGER finding_sealed BEFORE INSERT ON finding WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;
