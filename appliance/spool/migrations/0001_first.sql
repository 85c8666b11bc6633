-- The first ledger: batches, pages, documents, dossiers, deliveries, signing intents, audit chain.
CREATE TABLE batch (
  id TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  job TEXT NOT NULL,
  rules TEXT NOT NULL,
  operator TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  reload_sheet INTEGER NOT NULL DEFAULT 0,
  provenance TEXT NOT NULL DEFAULT '{}',
  started TEXT NOT NULL,
  ended TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE dossier (
  id TEXT PRIMARY KEY,
  file_code TEXT NOT NULL,
  revision INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  details TEXT NOT NULL DEFAULT '{}',
  job TEXT NOT NULL,
  batch TEXT NOT NULL REFERENCES batch (id),
  declared INTEGER NOT NULL,
  captured INTEGER NOT NULL,
  package TEXT NOT NULL DEFAULT '',
  package_created TEXT NOT NULL DEFAULT '',
  opened TEXT NOT NULL,
  accepted TEXT NOT NULL DEFAULT '',
  cleared TEXT NOT NULL DEFAULT '',
  UNIQUE (file_code, revision)
) STRICT;

CREATE TABLE document (
  id TEXT PRIMARY KEY,
  dossier TEXT NOT NULL REFERENCES dossier (id),
  ordinal INTEGER NOT NULL,
  type_name TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  sheets INTEGER NOT NULL,
  created TEXT NOT NULL,
  unsigned_path TEXT NOT NULL DEFAULT '',
  unsigned_sha256 TEXT NOT NULL DEFAULT '',
  stamp_box TEXT NOT NULL DEFAULT '',
  signed_path TEXT NOT NULL DEFAULT '',
  signed_sha256 TEXT NOT NULL DEFAULT '',
  signed_at TEXT NOT NULL DEFAULT '',
  stamp TEXT NOT NULL DEFAULT '',
  signer TEXT NOT NULL DEFAULT '',
  level TEXT NOT NULL DEFAULT '',
  development INTEGER NOT NULL DEFAULT 0,
  UNIQUE (dossier, ordinal)
) STRICT;

CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  batch TEXT NOT NULL REFERENCES batch (id),
  sheet INTEGER NOT NULL,
  side TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  master TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  path TEXT NOT NULL,
  blank INTEGER NOT NULL DEFAULT 0,
  separator INTEGER NOT NULL DEFAULT 0,
  analysis TEXT NOT NULL DEFAULT '',
  text_path TEXT NOT NULL DEFAULT '',
  document TEXT REFERENCES document (id),
  dossier TEXT REFERENCES dossier (id),
  number INTEGER NOT NULL DEFAULT 0,
  captured TEXT NOT NULL,
  cleared INTEGER NOT NULL DEFAULT 0,
  UNIQUE (batch, sheet, side, attempt)
) STRICT;

CREATE INDEX page_by_state ON page (state);
CREATE INDEX page_by_document ON page (document, number);
CREATE INDEX page_by_path ON page (path);
CREATE INDEX document_by_state ON document (state);

CREATE TABLE signing_intent (
  id INTEGER PRIMARY KEY,
  document TEXT NOT NULL REFERENCES document (id),
  unsigned_sha256 TEXT NOT NULL,
  at TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE delivery (
  package TEXT PRIMARY KEY,
  dossier TEXT NOT NULL REFERENCES dossier (id),
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  upload_url TEXT NOT NULL DEFAULT '',
  sent_bytes INTEGER NOT NULL DEFAULT 0,
  receipt TEXT NOT NULL DEFAULT '',
  queued TEXT NOT NULL,
  accepted TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX delivery_by_state ON delivery (state);

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
