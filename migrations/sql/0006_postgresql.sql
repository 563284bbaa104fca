-- Who may see what: rows by the login that asks. A blank line ends a statement.
--
-- The functions run with the rights of who owns the ledger, so that no rule needs itself. The login
-- is `session_user`, which neither SET ROLE nor a setting changes; the role that is asked for
-- (`current_user`, handed over, because within such a function it is the owner) can only narrow it.

CREATE TRIGGER access_grant_append_only BEFORE UPDATE OR DELETE ON access_grant FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER access_grant_no_truncate BEFORE TRUNCATE ON access_grant FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

-- What the triggers ask is named with its schema: who may make a table of the moment could put an
-- empty one of the same name in front. Entries come by thousands; they are asked about once a
-- statement, not row by row.

CREATE OR REPLACE FUNCTION carbonledger_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM {schema}.batch AS x WHERE x.id = NEW.batch_id) THEN
    RAISE EXCEPTION 'append-only: this batch is sealed';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION carbonledger_batch_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> (SELECT coalesce(max(x.id), 0) + 1 FROM {schema}.batch AS x) THEN
    RAISE EXCEPTION 'append-only: batches are numbered without gaps';
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER entry_sealed ON entry;

CREATE FUNCTION carbonledger_entries_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM {schema}.batch AS x WHERE x.id IN (SELECT n.batch_id FROM fresh AS n)) THEN
    RAISE EXCEPTION 'append-only: this batch is sealed';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER entry_sealed AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION carbonledger_entries_sealed();

DROP TRIGGER entry_not_closed ON entry;

CREATE OR REPLACE FUNCTION carbonledger_not_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM {schema}.closing) THEN
    RETURN NULL;
  END IF;
  IF EXISTS (
  SELECT 1 FROM fresh AS n
  JOIN {schema}.account AS a ON a.id IN (n.from_account_id, n.to_account_id)
  CROSS JOIN {schema}.closing AS c JOIN {schema}.account AS b ON b.id = c.account_id
  WHERE (a.id = b.id OR substr(a.code, 1, length(b.code) + 1) = b.code || '/')
  AND ((n.first_day <= c.last_day AND n.last_day >= c.first_day)
    OR (n.first_day / 100 <> n.last_day / 100
      AND n.start_utc < c.end_utc AND n.end_utc > c.start_utc))
  AND NOT EXISTS (SELECT 1 FROM {schema}.restatement AS r
    WHERE r.batch_id = n.batch_id AND r.closing_id = c.id)
  ) THEN
    RAISE EXCEPTION 'a closed period takes no entry without a restatement';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER entry_not_closed AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION carbonledger_not_closed();

-- '*': sees everything; '': nothing; else the account whose subtree it sees.

CREATE FUNCTION carbonledger_standing(who name) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  SELECT CASE WHEN pg_has_role(who, current_user, 'MEMBER') THEN '*' ELSE coalesce((
    SELECT CASE WHEN g.kind = 'revoked' THEN '' WHEN g.account_id IS NULL THEN '*' ELSE a.code END
    FROM access_grant AS g LEFT JOIN account AS a ON a.id = g.account_id
    WHERE g.role = who::text ORDER BY g.id DESC LIMIT 1), '') END
$$;

CREATE FUNCTION carbonledger_sees_all(as_role name) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  SELECT carbonledger_standing(session_user) = '*' AND carbonledger_standing(as_role) = '*'
$$;

CREATE FUNCTION carbonledger_own(as_role name) RETURNS TABLE (id bigint, code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  SELECT a.id, a.code FROM account AS a,
    (SELECT carbonledger_standing(session_user) AS login, carbonledger_standing(as_role) AS role) AS s
  WHERE a.outside = 0
    AND (s.login = '*' OR a.code = s.login OR (s.login <> '' AND starts_with(a.code, s.login || '/')))
    AND (s.role = '*' OR a.code = s.role OR (s.role <> '' AND starts_with(a.code, s.role || '/')))
$$;

-- What one's own flows touch: those of meters are in their revisions, the others in the entries.

CREATE FUNCTION carbonledger_flows(as_role name)
RETURNS TABLE (meter_id bigint, from_account_id bigint, to_account_id bigint, commodity_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT o.id FROM carbonledger_own(as_role) AS o)
  SELECT r.meter_id, r.from_account_id, r.to_account_id, r.commodity_id FROM meter_revision AS r
  WHERE r.from_account_id IN (SELECT id FROM own) OR r.to_account_id IN (SELECT id FROM own)
  UNION
  SELECT NULL, e.from_account_id, e.to_account_id, e.commodity_id FROM entry AS e
  WHERE e.meter_id IS NULL
    AND (e.from_account_id IN (SELECT id FROM own) OR e.to_account_id IN (SELECT id FROM own))
$$;

-- One's own accounts, those above them, and the other ends of one's flows.

CREATE FUNCTION carbonledger_accounts(as_role name) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT o.id, o.code FROM carbonledger_own(as_role) AS o),
       flow AS MATERIALIZED (SELECT * FROM carbonledger_flows(as_role))
  SELECT id FROM own
  UNION SELECT a.id FROM account AS a, own AS o
        WHERE a.outside = 0 AND starts_with(o.code, a.code || '/')
  UNION SELECT from_account_id FROM flow UNION SELECT to_account_id FROM flow
$$;

-- Of these, those whose properties are shown: not those of another member.

CREATE FUNCTION carbonledger_described(as_role name) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT o.id, o.code FROM carbonledger_own(as_role) AS o)
  SELECT a.id FROM account AS a
  WHERE a.id IN (SELECT carbonledger_accounts(as_role)) AND (a.outside = 1
    OR EXISTS (SELECT 1 FROM own AS o WHERE o.id = a.id OR starts_with(o.code, a.code || '/')))
$$;

CREATE FUNCTION carbonledger_meters(as_role name) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  SELECT meter_id FROM carbonledger_flows(as_role) WHERE meter_id IS NOT NULL
$$;

-- Meters that never measured for anybody else.

CREATE FUNCTION carbonledger_meters_alone(as_role name) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT o.id FROM carbonledger_own(as_role) AS o)
  SELECT r.meter_id FROM meter_revision AS r GROUP BY r.meter_id
  HAVING bool_and(r.from_account_id IN (SELECT id FROM own) OR r.to_account_id IN (SELECT id FROM own))
$$;

-- Batches with entries of one's own, or that close a period for them, and whether they hold some of others besides.

CREATE FUNCTION carbonledger_batches(as_role name) RETURNS TABLE (id bigint, alone boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH own AS MATERIALIZED (SELECT o.id FROM carbonledger_own(as_role) AS o),
       pair AS MATERIALIZED (
         SELECT DISTINCT e.batch_id, e.from_account_id, e.to_account_id FROM entry AS e)
  SELECT batch_id, bool_and(from_account_id IN (SELECT id FROM own) OR to_account_id IN (SELECT id FROM own))
  FROM pair GROUP BY batch_id
  HAVING bool_or(from_account_id IN (SELECT id FROM own) OR to_account_id IN (SELECT id FROM own))
  UNION ALL
  SELECT c.batch_id, true FROM closing AS c
  WHERE c.account_id IN (SELECT carbonledger_described(as_role))
$$;

CREATE FUNCTION carbonledger_shared(as_role name) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  IF NOT carbonledger_sees_all(as_role) THEN
    RETURN QUERY SELECT b.id FROM carbonledger_batches(as_role) AS b WHERE NOT b.alone;
  END IF;
END $$;

-- Who may only insert may not lock a table; this is all that an importer locks.

CREATE FUNCTION carbonledger_turn() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  LOCK TABLE batch IN EXCLUSIVE MODE;
END $$;

REVOKE ALL ON FUNCTION carbonledger_turn() FROM PUBLIC;

REVOKE ALL ON FUNCTION carbonledger_standing(name) FROM PUBLIC;

CREATE POLICY seen ON account FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user)) OR id IN (SELECT carbonledger_accounts(current_user)));

CREATE POLICY seen ON account_revision FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR account_id IN (SELECT carbonledger_described(current_user)));

CREATE POLICY seen ON commodity FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR id IN (SELECT f.commodity_id FROM carbonledger_flows(current_user) AS f));

CREATE POLICY seen ON commodity_revision FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR commodity_id IN (SELECT f.commodity_id FROM carbonledger_flows(current_user) AS f));

CREATE POLICY seen ON meter FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user)) OR id IN (SELECT carbonledger_meters(current_user)));

CREATE POLICY seen ON meter_revision FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR from_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o)
  OR to_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o));

CREATE POLICY seen ON meter_event FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR meter_id IN (SELECT carbonledger_meters_alone(current_user)));

CREATE POLICY seen ON finding FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR meter_id IN (SELECT carbonledger_meters_alone(current_user)));

CREATE POLICY seen ON entry FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR from_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o)
  OR to_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o));

CREATE POLICY seen ON batch FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR id IN (SELECT b.id FROM carbonledger_batches(current_user) AS b));

CREATE POLICY seen ON document FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user)) OR id IN (SELECT b.document_id FROM batch AS b));

CREATE POLICY seen ON reject FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR batch_id IN (SELECT b.id FROM carbonledger_batches(current_user) AS b WHERE b.alone));

CREATE POLICY seen ON emission_line_row FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR account IN (SELECT o.code FROM carbonledger_own(current_user) AS o));

-- Of a run for others its existence is seen where it has lines of one's own, nothing else.

CREATE POLICY seen ON run FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR boundary IN (SELECT o.code FROM carbonledger_own(current_user) AS o)
  OR (kind = 'inventory' AND id IN (SELECT l.run_id FROM emission_line_row AS l)));

CREATE POLICY seen ON indicator_row FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR run_id IN (SELECT r.id FROM run AS r
                WHERE r.boundary IN (SELECT o.code FROM carbonledger_own(current_user) AS o)));

CREATE POLICY seen ON closing FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR account_id IN (SELECT carbonledger_described(current_user)));

CREATE POLICY seen ON restated_figure FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR from_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o)
  OR to_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o));

-- A note tells of changes of the site, also those of others.

CREATE POLICY seen ON restatement FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR (note IS NULL AND id IN (SELECT x.restatement_id FROM restated_figure AS x)));

CREATE POLICY seen ON expectation FOR SELECT USING (
  (SELECT carbonledger_sees_all(current_user))
  OR meter_id IN (SELECT carbonledger_meters(current_user))
  OR from_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o)
  OR to_account_id IN (SELECT o.id FROM carbonledger_own(current_user) AS o));

CREATE POLICY posted ON restatement FOR INSERT WITH CHECK ((SELECT carbonledger_sees_all(current_user)));

CREATE POLICY posted ON restated_figure FOR INSERT WITH CHECK (
  (SELECT carbonledger_sees_all(current_user)));

CREATE POLICY posted ON document FOR INSERT WITH CHECK ((SELECT carbonledger_sees_all(current_user)));

CREATE POLICY posted ON entry FOR INSERT WITH CHECK ((SELECT carbonledger_sees_all(current_user)));

CREATE POLICY posted ON reject FOR INSERT WITH CHECK ((SELECT carbonledger_sees_all(current_user)));

CREATE POLICY posted ON finding FOR INSERT WITH CHECK ((SELECT carbonledger_sees_all(current_user)));

CREATE POLICY posted ON batch FOR INSERT WITH CHECK (
  (SELECT carbonledger_sees_all(current_user)) AND kind IN ('import', 'correction'));

-- A batch that holds entries of others besides is shown to a member without what tells of them.

CREATE OR REPLACE VIEW batch_view AS
SELECT b.id AS batch, b.kind AS kind, b.actor AS actor, b.posted_at AS posted_at,
       b.reason AS reason, d.name AS document, d.sha256 AS document_sha256, d.bytes AS bytes,
       CASE WHEN s.shared THEN NULL ELSE b.source_rows END AS source_rows,
       CASE WHEN s.shared THEN NULL ELSE b.readings END AS readings,
       CASE WHEN s.shared THEN NULL ELSE b.entries END AS entries,
       CASE WHEN s.shared THEN NULL ELSE b.skipped END AS skipped,
       CASE WHEN s.shared THEN NULL ELSE b.rejected END AS rejected,
       CASE WHEN s.shared THEN NULL ELSE b.gaps END AS gaps,
       CASE WHEN s.shared THEN NULL ELSE b.totals END AS totals,
       CASE WHEN s.shared THEN NULL ELSE b.warnings END AS warnings,
       CASE WHEN s.shared THEN NULL ELSE b.reading_rules END AS reading_rules,
       b.content_hash AS content_hash, b.leaf_hash AS leaf_hash
FROM batch AS b LEFT JOIN document AS d ON d.id = b.document_id
CROSS JOIN LATERAL (
  SELECT b.id IN (SELECT carbonledger_shared(current_user)) AS shared) AS s;
