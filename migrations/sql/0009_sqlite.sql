-- Views of restated runs, and the triggers that make their tables append-only.
-- A blank line ends a statement.

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

CREATE VIEW run_restatement_part_view AS
SELECT p.run_restatement_id AS run_restatement, p.batch_id AS batch, p.cause AS cause, p.scope AS scope,
       p.account AS account, p.month AS month, p.product AS product,
       p.co2e_mg / 1000000000.0 AS co2e_t, p.co2e_mg AS co2e_mg
FROM run_restatement_part AS p;

CREATE TRIGGER run_restatement_no_update BEFORE UPDATE ON run_restatement BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_no_delete BEFORE DELETE ON run_restatement BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_no_replace BEFORE INSERT ON run_restatement WHEN EXISTS (SELECT 1 FROM run_restatement AS x WHERE (x.id = NEW.id) OR (x.old_run_id = NEW.old_run_id AND x.new_run_id = NEW.new_run_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this run_restatement row exists already'); END;

CREATE TRIGGER run_restatement_sealed BEFORE INSERT ON run_restatement WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER run_restatement_part_no_update BEFORE UPDATE ON run_restatement_part BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement_part rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_part_no_delete BEFORE DELETE ON run_restatement_part BEGIN SELECT RAISE(ABORT, 'append-only: run_restatement_part rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER run_restatement_part_no_replace BEFORE INSERT ON run_restatement_part WHEN EXISTS (SELECT 1 FROM run_restatement_part AS x WHERE (x.id = NEW.id) OR (x.run_restatement_id = NEW.run_restatement_id AND x.cause = NEW.cause AND x.scope = NEW.scope AND x.account = NEW.account AND x.month = NEW.month AND x.product = NEW.product)) BEGIN SELECT RAISE(ABORT, 'append-only: this run_restatement_part row exists already'); END;

CREATE TRIGGER run_restatement_part_sealed BEFORE INSERT ON run_restatement_part WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;
