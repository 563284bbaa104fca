-- The triggers that make publications append-only. A blank line ends a statement.

CREATE TRIGGER publication_no_update BEFORE UPDATE ON publication BEGIN SELECT RAISE(ABORT, 'append-only: publication rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER publication_no_delete BEFORE DELETE ON publication BEGIN SELECT RAISE(ABORT, 'append-only: publication rows are never changed or deleted; post a correction or a reversal'); END;

CREATE TRIGGER publication_no_replace BEFORE INSERT ON publication WHEN EXISTS (SELECT 1 FROM publication AS x WHERE (x.id = NEW.id) OR (x.pack_id = NEW.pack_id)) BEGIN SELECT RAISE(ABORT, 'append-only: this publication row exists already'); END;

CREATE TRIGGER publication_sealed BEFORE INSERT ON publication WHEN EXISTS (SELECT 1 FROM batch AS x WHERE x.id = NEW.batch_id) BEGIN SELECT RAISE(ABORT, 'append-only: this batch is sealed'); END;

-- For who writes past the program: the batch row is written last, so its publication is there.

CREATE TRIGGER batch_two_actors BEFORE INSERT ON batch WHEN EXISTS (SELECT 1 FROM publication AS q JOIN factor_pack AS p ON p.id = q.pack_id JOIN batch AS l ON l.id = p.batch_id WHERE q.batch_id = NEW.id AND lower(trim(l.actor)) = lower(trim(NEW.actor))) BEGIN SELECT RAISE(ABORT, 'two actors: a pack is published by another than the one who loaded it'); END;
