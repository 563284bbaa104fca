-- Views of closed periods and restatements, and the triggers that make their tables append-only and
-- keep entries out of closed periods. A blank line ends a statement.

CREATE VIEW closing_view AS
SELECT c.id AS closing, a.code AS boundary, c.period AS period,
       printf('%04d-%02d-%02d', c.first_day / 10000, c.first_day / 100 % 100, c.first_day % 100) AS local_day,
       printf('%04d-%02d-%02d', c.last_day / 10000, c.last_day / 100 % 100, c.last_day % 100) AS last_local_day,
       b.actor AS actor, b.posted_at AS posted_at, b.reason AS reason, c.batch_id AS batch
FROM closing AS c
JOIN account AS a ON a.id = c.account_id
JOIN batch AS b ON b.id = c.batch_id;

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

CREATE TRIGGER closing_no_update BEFORE UPDATE ON closing BEGIN SELECT RAISE(ABORT, 'append-only: closing rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER closing_no_delete BEFORE DELETE ON closing BEGIN SELECT RAISE(ABORT, 'append-only: closing rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER closing_no_replace BEFORE INSERT ON closing WHEN EXISTS (SELECT 1 FROM closing AS x WHERE (x.id = NEW.id) OR (x.account_id = NEW.account_id AND x.first_day = NEW.first_day AND x.last_day = NEW.last_day)) BEGIN SELECT RAISE(ABORT, 'append-only: this closing row exists already'); END;

CREATE TRIGGER closing_sealed BEFORE INSERT ON closing WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER restatement_no_update BEFORE UPDATE ON restatement BEGIN SELECT RAISE(ABORT, 'append-only: restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restatement_no_delete BEFORE DELETE ON restatement BEGIN SELECT RAISE(ABORT, 'append-only: restatement rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restatement_no_replace BEFORE INSERT ON restatement WHEN EXISTS (SELECT 1 FROM restatement AS x WHERE (x.id = NEW.id) OR (x.batch_id = NEW.batch_id AND x.closing_id = NEW.closing_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this restatement row exists already'); END;

CREATE TRIGGER restatement_sealed BEFORE INSERT ON restatement WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

CREATE TRIGGER restated_figure_no_update BEFORE UPDATE ON restated_figure BEGIN SELECT RAISE(ABORT, 'append-only: restated_figure rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restated_figure_no_delete BEFORE DELETE ON restated_figure BEGIN SELECT RAISE(ABORT, 'append-only: restated_figure rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER restated_figure_no_replace BEFORE INSERT ON restated_figure WHEN EXISTS (SELECT 1 FROM restated_figure AS x WHERE (x.id = NEW.id) OR (x.restatement_id = NEW.restatement_id AND x.from_account_id = NEW.from_account_id AND x.to_account_id = NEW.to_account_id AND x.commodity_id = NEW.commodity_id AND x.month = NEW.month)) BEGIN SELECT RAISE(ABORT, 'append-only: this restated_figure row exists already'); END;

CREATE TRIGGER restated_figure_sealed BEFORE INSERT ON restated_figure WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

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
