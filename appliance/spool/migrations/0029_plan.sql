-- What the office is to digitise, by phase (docs/plan.md). deadline: last day, 2026-12-31. registers: JSON list of the
-- registers that a phase is made of; [] what no other phase names. high_use: dossiers of high frequency of use, 0 not said.
CREATE TABLE plan (
  phase TEXT PRIMARY KEY,
  dossiers INTEGER NOT NULL,
  sheets INTEGER NOT NULL,
  high_use INTEGER NOT NULL,
  deadline TEXT NOT NULL,
  registers TEXT NOT NULL,
  source TEXT NOT NULL,
  who TEXT NOT NULL,
  imported TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A lot: dossiers that the archive has and that are accepted (nghiệm thu) together by a sample. rule: of the sample's size
-- (planning/sampling.toml). allowed: faulty documents in the sample with which the lot is still good. seed: from which
-- anybody draws the same sample again. since, until: first and last day of the receipts.
CREATE TABLE lot (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  rule TEXT NOT NULL,
  allowed INTEGER NOT NULL,
  seed TEXT NOT NULL,
  dossiers INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  who TEXT NOT NULL,
  made TEXT NOT NULL,
  decided TEXT NOT NULL DEFAULT '',
  decided_by TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE lot_dossier (
  lot INTEGER NOT NULL REFERENCES lot (id),
  dossier TEXT NOT NULL REFERENCES dossier (id),
  PRIMARY KEY (lot, dossier)
) STRICT, WITHOUT ROWID;

CREATE INDEX lot_of_dossier ON lot_dossier (dossier);

-- A document of the sample. result: '' not looked at, good, faulty. place: of the draw, from 1.
CREATE TABLE lot_sample (
  lot INTEGER NOT NULL REFERENCES lot (id),
  place INTEGER NOT NULL,
  document TEXT NOT NULL REFERENCES document (id),
  file_code TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  result TEXT NOT NULL DEFAULT '',
  fault TEXT NOT NULL DEFAULT '',
  who TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (lot, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX page_by_captured ON page (captured);
CREATE INDEX dossier_by_receipt ON dossier (accepted) WHERE accepted <> '';
CREATE INDEX register_row_of_high_use ON register_row (register) WHERE fields ->> '$.useFrequency' = '01';
