-- Views of restated runs, and the triggers that make their tables append-only.
-- A blank line ends a statement.

CREATE VIEW run_restatement_view AS
SELECT r.id AS run_restatement, r.batch_id AS batch, r.old_run_id AS old_run, r.new_run_id AS new_run,
       o.kind AS kind, o.boundary AS boundary, n.boundary AS new_boundary, o.period AS period,
       o.method AS method, n.method AS new_method, s.total AS total,
       ROUND(SUM(CASE WHEN p.cause = 'old' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS old_t,
       ROUND(SUM(p.co2e_mg) * 0.000000001, 9) AS new_t,
       ROUND(SUM(CASE WHEN p.cause = 'old' THEN 0 ELSE p.co2e_mg END) * 0.000000001, 9) AS change_t,
       ROUND(100.0 * SUM(CASE WHEN p.cause = 'old' THEN 0 ELSE p.co2e_mg END) / NULLIF(ABS(SUM(CASE WHEN p.cause = 'old' THEN p.co2e_mg ELSE 0 END)), 0), 3) AS percent,
       ROUND(SUM(CASE WHEN p.cause = 'program' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS program_t,
       ROUND(SUM(CASE WHEN p.cause = 'structure' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS structure_t,
       ROUND(SUM(CASE WHEN p.cause = 'activity' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS activity_t,
       ROUND(SUM(CASE WHEN p.cause = 'method' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS method_t,
       ROUND(SUM(CASE WHEN p.cause = 'factor' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS factor_t,
       ROUND(SUM(CASE WHEN p.cause = 'gwp' THEN p.co2e_mg ELSE 0 END) * 0.000000001, 9) AS gwp_t,
       CAST(r.threshold_percent AS numeric) AS threshold_percent, r.significant AS significant,
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

CREATE VIEW run_restatement_part_view AS
SELECT p.run_restatement_id AS run_restatement, p.batch_id AS batch, p.cause AS cause, p.scope AS scope,
       p.account AS account, p.month AS month, p.product AS product,
       ROUND(p.co2e_mg * 0.000000001, 9) AS co2e_t, p.co2e_mg AS co2e_mg
FROM run_restatement_part AS p;

CREATE TRIGGER run_restatement_append_only BEFORE UPDATE OR DELETE ON run_restatement FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER run_restatement_no_truncate BEFORE TRUNCATE ON run_restatement FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER run_restatement_sealed BEFORE INSERT ON run_restatement FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();

CREATE TRIGGER run_restatement_part_append_only BEFORE UPDATE OR DELETE ON run_restatement_part FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER run_restatement_part_no_truncate BEFORE TRUNCATE ON run_restatement_part FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER run_restatement_part_sealed BEFORE INSERT ON run_restatement_part FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();

-- A member sees the restatements of runs of its own, with their batches; both runs must be. The
-- function runs with the rights of who owns the ledger: who imports may not read runs.

CREATE FUNCTION carbonledger_restated(as_role name) RETURNS TABLE (id bigint, batch_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT o.code FROM carbonledger_own(as_role) AS o)
  SELECT x.id, x.batch_id FROM run_restatement AS x
  JOIN run AS old ON old.id = x.old_run_id JOIN run AS new ON new.id = x.new_run_id
  WHERE old.boundary IN (SELECT code FROM own) AND new.boundary IN (SELECT code FROM own)
$$;

CREATE POLICY seen ON run_restatement FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR id IN (SELECT x.id FROM carbonledger_restated(current_user) AS x));

CREATE POLICY seen ON run_restatement_part FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR run_restatement_id IN (SELECT x.id FROM carbonledger_restated(current_user) AS x));

ALTER POLICY seen ON batch USING (
  (SELECT carbonledger_sees_all(current_user))
  OR id IN (SELECT b.id FROM carbonledger_batches(current_user) AS b)
  OR id IN (SELECT x.batch_id FROM carbonledger_restated(current_user) AS x));
