-- Views of closed periods and restatements, and the triggers that make their tables append-only and
-- keep entries out of closed periods. A blank line ends a statement.

CREATE VIEW closing_view AS
SELECT c.id AS closing, a.code AS boundary, c.period AS period,
       to_char(to_date((c.first_day)::text, 'YYYYMMDD'), 'YYYY-MM-DD') AS local_day,
       to_char(to_date((c.last_day)::text, 'YYYYMMDD'), 'YYYY-MM-DD') AS last_local_day,
       b.actor AS actor, b.posted_at AS posted_at, b.reason AS reason, c.batch_id AS batch
FROM closing AS c
JOIN account AS a ON a.id = c.account_id
JOIN batch AS b ON b.id = c.batch_id;

CREATE VIEW restatement_view AS
SELECT s.id AS restatement, s.batch_id AS batch, b.kind AS kind, b.actor AS actor,
       b.posted_at AS posted_at, s.reason AS reason, s.note AS note,
       c.id AS closing, a.code AS boundary, c.period AS period,
       f.code AS from_account, t.code AS to_account, g.code AS commodity,
       to_char(to_date((x.month)::text, 'YYYYMM'), 'YYYY-MM') AS local_month,
       round(x.quantity_before / 1000000.0::numeric, 6) AS quantity_before,
       round(x.quantity_after / 1000000.0::numeric, 6) AS quantity_after,
       round((x.quantity_after - x.quantity_before) / 1000000.0::numeric, 6) AS quantity_change,
       g.unit AS unit
FROM restatement AS s
JOIN batch AS b ON b.id = s.batch_id
JOIN closing AS c ON c.id = s.closing_id
JOIN account AS a ON a.id = c.account_id
LEFT JOIN restated_figure AS x ON x.restatement_id = s.id
LEFT JOIN account AS f ON f.id = x.from_account_id
LEFT JOIN account AS t ON t.id = x.to_account_id
LEFT JOIN commodity AS g ON g.id = x.commodity_id;

CREATE TRIGGER closing_append_only BEFORE UPDATE OR DELETE ON closing FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER closing_no_truncate BEFORE TRUNCATE ON closing FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER closing_sealed BEFORE INSERT ON closing FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();

CREATE TRIGGER restatement_append_only BEFORE UPDATE OR DELETE ON restatement FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER restatement_no_truncate BEFORE TRUNCATE ON restatement FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER restatement_sealed BEFORE INSERT ON restatement FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();

CREATE TRIGGER restated_figure_append_only BEFORE UPDATE OR DELETE ON restated_figure FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER restated_figure_no_truncate BEFORE TRUNCATE ON restated_figure FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER restated_figure_sealed BEFORE INSERT ON restated_figure FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();

CREATE FUNCTION carbonledger_not_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
  SELECT 1 FROM closing AS c CROSS JOIN account AS b CROSS JOIN account AS a
  WHERE b.id = c.account_id AND a.id IN (NEW.from_account_id, NEW.to_account_id)
  AND (a.id = b.id OR substr(a.code, 1, length(b.code) + 1) = b.code || '/')
  AND ((NEW.first_day <= c.last_day AND NEW.last_day >= c.first_day)
    OR (NEW.first_day / 100 <> NEW.last_day / 100
      AND NEW.start_utc < c.end_utc AND NEW.end_utc > c.start_utc))
  AND NOT EXISTS (SELECT 1 FROM restatement AS r
    WHERE r.batch_id = NEW.batch_id AND r.closing_id = c.id)
  ) THEN
    RAISE EXCEPTION 'a closed period takes no entry without a restatement';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER entry_not_closed BEFORE INSERT ON entry FOR EACH ROW
  EXECUTE FUNCTION carbonledger_not_closed();
