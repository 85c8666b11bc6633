-- Paper that is scanned again to take the place of pages: one row for each rescan separator. page 0: the whole document.
-- state: waiting, held (code and details say for what), done (dossier is the revision it led to), dropped.
CREATE TABLE rescan (
  id INTEGER PRIMARY KEY,
  batch TEXT NOT NULL REFERENCES batch (id),
  file_code TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  page INTEGER NOT NULL,
  declared INTEGER NOT NULL,
  captured INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  details TEXT NOT NULL DEFAULT '{}',
  taken TEXT NOT NULL DEFAULT '',
  dossier TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL,
  done TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX rescan_by_state ON rescan (state);
CREATE INDEX rescan_by_dossier ON rescan (file_code, ordinal);

-- rescan: which one brought a page. replaces: the page whose place it took.
ALTER TABLE page ADD COLUMN rescan INTEGER NOT NULL DEFAULT 0;
ALTER TABLE page ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;
CREATE INDEX page_by_rescan ON page (rescan) WHERE rescan <> 0;

-- rescan: 1 where a separator said that the whole dossier is scanned again. decided: what persons decided, as JSON.
ALTER TABLE dossier ADD COLUMN rescan INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dossier ADD COLUMN decided TEXT NOT NULL DEFAULT '[]';

-- What was in a document before its dossier had a newer revision.
CREATE TABLE bound (
  document TEXT NOT NULL REFERENCES document (id),
  number INTEGER NOT NULL,
  page INTEGER NOT NULL REFERENCES page (id),
  PRIMARY KEY (document, number)
) STRICT, WITHOUT ROWID;
