-- What the archive's receipt says, once it has verified: the receipt itself, its number, when it was given and verified,
-- how many documents the archive has of it and, where it says so, their codes (a JSON list).
ALTER TABLE delivery ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN receipt_number TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN issued TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN verified TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN documents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN document_codes TEXT NOT NULL DEFAULT '[]';

-- line: documents that were added to a delivered dossier are revisions of their own: the id of the revision that began
-- them; '' the dossier itself. A revision takes the place of none of another line.
ALTER TABLE dossier ADD COLUMN line TEXT NOT NULL DEFAULT '';

-- A person says that more documents come for a dossier which the archive has. dossier: what came ('' nothing yet).
CREATE TABLE supplement (
  id INTEGER PRIMARY KEY,
  file_code TEXT NOT NULL,
  who TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  dossier TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX supplement_by_dossier ON supplement (file_code, dossier);

-- A page that the archive wants scanned again. package: where it found the page. dossier: the revision that answers it, once
-- that is packed. state: asked, answered, withdrawn.
CREATE TABLE task (
  id TEXT PRIMARY KEY,
  package TEXT NOT NULL,
  file_code TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  page INTEGER NOT NULL,
  reason TEXT NOT NULL,
  asked TEXT NOT NULL,
  came TEXT NOT NULL,
  state TEXT NOT NULL,
  dossier TEXT NOT NULL DEFAULT '',
  ended TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX task_by_state ON task (state);
CREATE INDEX task_by_dossier ON task (file_code, state);
