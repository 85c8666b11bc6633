-- Counts that are kept in the transaction of the row they stand for, so that monitoring asks for them every few seconds
-- and reads no page: sides by state, sheets, receipts.

CREATE TABLE side_tally (
  state TEXT NOT NULL,
  blank INTEGER NOT NULL,
  sides INTEGER NOT NULL,
  PRIMARY KEY (state, blank)
) STRICT, WITHOUT ROWID;

-- name: sheets, every sheet of a batch once, however often it was fed; receipts, those that verified, whatever they say;
-- receipt_mismatches, answers of the archive that did not verify or do not name what was sent.
CREATE TABLE tally (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;

INSERT INTO side_tally (state, blank, sides) SELECT state, blank, count(*) FROM page GROUP BY state, blank;
INSERT INTO tally (name, n) VALUES
  ('sheets', (SELECT count(*) FROM (SELECT DISTINCT batch, sheet FROM page))),
  ('receipts', (SELECT count(*) FROM delivery WHERE receipt <> '' OR token <> '')),
  ('receipt_mismatches', (SELECT count(*) FROM delivery WHERE code IN ('A604', 'A635')));

CREATE TRIGGER side_counted AFTER INSERT ON page
BEGIN
  INSERT INTO side_tally (state, blank, sides) VALUES (NEW.state, NEW.blank, 1)
    ON CONFLICT (state, blank) DO UPDATE SET sides = sides + 1;
  UPDATE tally SET n = n + 1 WHERE name = 'sheets' AND NOT EXISTS (
    SELECT 1 FROM page AS other WHERE other.batch = NEW.batch AND other.sheet = NEW.sheet AND other.id <> NEW.id);
END;

CREATE TRIGGER side_moved AFTER UPDATE OF state, blank ON page
WHEN NEW.state <> OLD.state OR NEW.blank <> OLD.blank
BEGIN
  UPDATE side_tally SET sides = sides - 1 WHERE state = OLD.state AND blank = OLD.blank;
  INSERT INTO side_tally (state, blank, sides) VALUES (NEW.state, NEW.blank, 1)
    ON CONFLICT (state, blank) DO UPDATE SET sides = sides + 1;
END;

CREATE TRIGGER side_gone AFTER DELETE ON page
BEGIN
  UPDATE side_tally SET sides = sides - 1 WHERE state = OLD.state AND blank = OLD.blank;
  UPDATE tally SET n = n - 1 WHERE name = 'sheets' AND NOT EXISTS (
    SELECT 1 FROM page AS other WHERE other.batch = OLD.batch AND other.sheet = OLD.sheet);
END;

CREATE TRIGGER receipt_counted AFTER UPDATE OF token ON delivery
WHEN NEW.token <> '' AND NEW.token <> OLD.token
BEGIN
  UPDATE tally SET n = n + 1 WHERE name = 'receipts';
END;

CREATE TRIGGER receipt_mismatch_counted AFTER UPDATE OF code ON delivery
WHEN NEW.code IN ('A604', 'A635') AND NEW.code <> OLD.code
BEGIN
  UPDATE tally SET n = n + 1 WHERE name = 'receipt_mismatches';
END;

CREATE INDEX batch_by_state ON batch (state);
CREATE INDEX dossier_by_state ON dossier (state);
CREATE INDEX page_by_dossier ON page (dossier);
CREATE INDEX document_by_key ON document (signing_key);
CREATE INDEX page_unread ON page (state) WHERE unread <> '';
CREATE INDEX page_that_waits ON page (batch) WHERE waits = 1;
CREATE INDEX delivery_by_receipt ON delivery (verified);
CREATE INDEX delivery_by_acceptance ON delivery (accepted);
