-- The rule profile of a dossier: its separator may name another job than the one its batch was scanned under.
ALTER TABLE dossier ADD COLUMN rules TEXT NOT NULL DEFAULT '';
UPDATE dossier SET rules = (SELECT batch.rules FROM batch WHERE batch.id = dossier.batch);

-- What a document's separator declared, so that a document that goes on in a later batch is counted whole, and what
-- the code on its first page calls it.
ALTER TABLE document ADD COLUMN declared INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN component TEXT NOT NULL DEFAULT '';
