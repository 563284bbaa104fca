-- The view of filed reports, and the triggers that make their table append-only. A blank line ends
-- a statement.

CREATE VIEW filed_report_view AS
SELECT id AS report, kind, boundary, period, method, language, form, parameters, as_of_batch,
       asked_as_of, runs, engine, sha256, bytes, actor, filed_at
FROM filed_report;

CREATE TRIGGER filed_report_append_only BEFORE UPDATE OR DELETE ON filed_report FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER filed_report_no_truncate BEFORE TRUNCATE ON filed_report FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

ALTER TABLE filed_report ENABLE ALWAYS TRIGGER filed_report_append_only;

ALTER TABLE filed_report ENABLE ALWAYS TRIGGER filed_report_no_truncate;

ALTER TABLE filed_report ENABLE ROW LEVEL SECURITY;

CREATE POLICY seen ON filed_report FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR boundary IN (SELECT o.code FROM carbonledger_own(current_user) AS o));
