-- The triggers that make publications append-only, and who sees their batches. A blank line ends a
-- statement.

CREATE TRIGGER publication_append_only BEFORE UPDATE OR DELETE ON publication FOR EACH ROW
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER publication_no_truncate BEFORE TRUNCATE ON publication FOR EACH STATEMENT
  EXECUTE FUNCTION carbonledger_append_only();

CREATE TRIGGER publication_sealed BEFORE INSERT ON publication FOR EACH ROW
  EXECUTE FUNCTION carbonledger_sealed();

-- Factors are the same for every member, and so is who loaded and who published them.

ALTER POLICY seen ON batch USING (
  (SELECT carbonledger_sees_all(current_user))
  OR (kind IN ('factors', 'publication') AND EXISTS (SELECT 1 FROM carbonledger_own(current_user)))
  OR id IN (SELECT b.id FROM carbonledger_batches(current_user) AS b)
  OR id IN (SELECT x.batch_id FROM carbonledger_restated(current_user) AS x));

-- For who writes past the program: the batch row is written last, so its publication is there. The
-- tables are named with their schema, see revision 0006.

CREATE FUNCTION carbonledger_two_actors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM {schema}.publication AS q JOIN {schema}.factor_pack AS p ON p.id = q.pack_id
    JOIN {schema}.batch AS l ON l.id = p.batch_id
    WHERE q.batch_id = NEW.id AND lower(trim(l.actor)) = lower(trim(NEW.actor))) THEN
    RAISE EXCEPTION 'two actors: a pack is published by another than the one who loaded it'
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER batch_two_actors BEFORE INSERT ON batch FOR EACH ROW
  EXECUTE FUNCTION carbonledger_two_actors();
