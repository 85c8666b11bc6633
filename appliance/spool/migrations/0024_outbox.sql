-- Signed components of one-stop dossiers on their way to the reception software, apart from the archive: one row for each
-- file of each component. sidecar: what was said of it, as JSON. replaces: the row whose place it takes. started: when Start
-- was pressed for it. tries: how often it was given, or may have been. sent, confirmed, ended: when.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  document TEXT NOT NULL REFERENCES document (id),
  file_code TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  component TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  sidecar TEXT NOT NULL DEFAULT '',
  replaces TEXT NOT NULL DEFAULT '',
  started TEXT NOT NULL,
  queued TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  sent TEXT NOT NULL DEFAULT '',
  confirmed TEXT NOT NULL DEFAULT '',
  ended TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX outbox_once ON outbox (file_code, ordinal, component, sha256)
WHERE state NOT IN ('recalling', 'withdrawn');
CREATE INDEX outbox_by_state ON outbox (state);
CREATE INDEX outbox_by_dossier ON outbox (file_code, ordinal);
CREATE INDEX dossier_uncleared ON dossier (opened) WHERE cleared = '';

-- Since when components are handed over: what was opened before stays where it is.
CREATE TABLE outbox_since (at TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
