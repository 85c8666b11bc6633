-- Registers: the office's lists of dossiers. A register is visible as a whole (state current) or not at all; rows
-- of one that is being loaded, or was replaced or dropped, are nobody's until they are cleared away.
CREATE TABLE register (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  mode TEXT NOT NULL,
  source TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL DEFAULT 0,
  who TEXT NOT NULL,
  started TEXT NOT NULL,
  imported TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX register_current ON register (kind, name) WHERE state = 'current';

CREATE TABLE register_row (
  id INTEGER PRIMARY KEY,
  register INTEGER NOT NULL REFERENCES register (id),
  code TEXT NOT NULL,
  line INTEGER NOT NULL,
  fields TEXT NOT NULL,
  UNIQUE (code, register)
) STRICT;

CREATE INDEX register_row_by_register ON register_row (register);

-- What the register said of a dossier when it was separated: its package says the same in every run.
ALTER TABLE dossier ADD COLUMN register TEXT NOT NULL DEFAULT '';
