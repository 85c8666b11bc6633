-- Special papers (docs/papers.md). page.note_of: the page that shows the note which was taken off for this one.
-- page.normative: 1 where its heading is that of a legal normative document.
ALTER TABLE page ADD COLUMN note_of INTEGER REFERENCES page (id);
ALTER TABLE page ADD COLUMN normative INTEGER NOT NULL DEFAULT 0;
CREATE INDEX page_normative ON page (document) WHERE normative = 1;

-- fragile: the document is the certified copy of a fragile paper, copy_* say which (date YYYYMMDD). original_of: number
-- of the document whose fragile original it is, 0 for most. pair: 'kept' where a person says that the captures of its
-- pages with notes are right. normative: 'ordinary' or 'excluded' as a leader decided.
ALTER TABLE document ADD COLUMN fragile INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN copy_form TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN copy_number TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN copy_date TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN original_of INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN pair TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN normative TEXT NOT NULL DEFAULT '';

-- Dossiers that were handed over on paper because they cannot be completed; facts are what the note says, as JSON.
CREATE TABLE handover (
  id INTEGER PRIMARY KEY,
  dossier TEXT NOT NULL REFERENCES dossier (id),
  who TEXT NOT NULL,
  reason TEXT NOT NULL,
  code TEXT NOT NULL,
  at TEXT NOT NULL,
  facts TEXT NOT NULL,
  taken_back TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX handover_by_dossier ON handover (dossier);
