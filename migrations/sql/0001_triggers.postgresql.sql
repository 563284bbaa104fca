-- Triggers that make the ledger append-only on PostgreSQL.

CREATE FUNCTION carbonledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % rows are never changed or deleted; post a correction or a reversal',
    TG_TABLE_NAME;
END $$;

CREATE FUNCTION carbonledger_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) THEN
    RAISE EXCEPTION 'append-only: this batch is sealed';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION carbonledger_batch_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> (SELECT coalesce(max(x.id), 0) + 1 FROM batch AS x) THEN
    RAISE EXCEPTION 'append-only: batches are numbered without gaps';
  END IF;
  RETURN NEW;
END $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['document', 'batch', 'account', 'account_revision', 'commodity',
    'commodity_revision', 'meter', 'meter_revision', 'meter_event', 'entry', 'reject',
    'factor_pack', 'factor', 'method', 'run', 'emission_line_row', 'indicator_row']
  LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW
      EXECUTE FUNCTION carbonledger_append_only()', name || '_append_only', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT
      EXECUTE FUNCTION carbonledger_append_only()', name || '_no_truncate', name);
    IF name NOT IN ('batch', 'run', 'emission_line_row', 'indicator_row') THEN
      EXECUTE format('CREATE TRIGGER %I BEFORE INSERT ON %I FOR EACH ROW
        EXECUTE FUNCTION carbonledger_sealed()', name || '_sealed', name);
    END IF;
  END LOOP;
  CREATE TRIGGER batch_in_order BEFORE INSERT ON batch FOR EACH ROW
    EXECUTE FUNCTION carbonledger_batch_order();
END $$;
