-- The view of filed reports, and the triggers that make their table append-only. A blank line ends
-- a statement.

CREATE VIEW filed_report_view AS
SELECT id AS report, kind, boundary, period, method, language, form, parameters, as_of_batch,
       asked_as_of, runs, engine, sha256, bytes, actor, filed_at
FROM filed_report;

CREATE TRIGGER filed_report_no_update BEFORE UPDATE ON filed_report BEGIN SELECT RAISE(ABORT, 'append-only: filed_report rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER filed_report_no_delete BEFORE DELETE ON filed_report BEGIN SELECT RAISE(ABORT, 'append-only: filed_report rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER filed_report_no_replace BEFORE INSERT ON filed_report WHEN EXISTS (SELECT 1 FROM filed_report AS x WHERE x.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'append-only: this filed_report row exists already'); END;
