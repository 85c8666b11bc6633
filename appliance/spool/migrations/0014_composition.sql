-- What a person has said of a component of a dossier instead of scanning it, by file code: before the dossier is scanned or
-- later. kind: spool/composition.py. One answer counts at a time; withdrawn ones stay, with why and by whom.
CREATE TABLE answer (
  id INTEGER PRIMARY KEY,
  file_code TEXT NOT NULL,
  component TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  who TEXT NOT NULL,
  at TEXT NOT NULL,
  withdrawn TEXT NOT NULL DEFAULT '',
  withdrawn_as TEXT NOT NULL DEFAULT '',
  withdrawn_by TEXT NOT NULL DEFAULT '',
  withdrawn_reason TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX answer_current ON answer (file_code, component) WHERE withdrawn = '';
CREATE INDEX answer_by_dossier ON answer (file_code);

-- How many sheets a dossier has as a person read or counted them, by source (closing_note, operator).
CREATE TABLE sheets_said (
  file_code TEXT NOT NULL,
  source TEXT NOT NULL,
  sheets INTEGER NOT NULL,
  who TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (file_code, source)
) STRICT, WITHOUT ROWID;

-- What was found when the composition of a dossier was last judged, as JSON; empty: it is still to be judged. Nothing of a
-- dossier is assembled before. Those that were closed before this table was there are let go as they are.
ALTER TABLE dossier ADD COLUMN composition TEXT NOT NULL DEFAULT '';
CREATE INDEX dossier_to_compose ON dossier (opened) WHERE composition = '';
UPDATE dossier SET composition = '{}' WHERE state <> 'open' AND state <> 'held';
