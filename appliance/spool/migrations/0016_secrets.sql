-- State secrets. confirmed: how somebody said that the papers of a batch hold none ('' nobody has, 'unasked' its rule
-- profile does not ask, else card, page, separator, command); confirmed_by: who, by staff code or name.
-- locked: its open lock (batch_lock.id), or the one by which it was destroyed; 0: none.
ALTER TABLE batch ADD COLUMN confirmed TEXT NOT NULL DEFAULT 'unasked';
ALTER TABLE batch ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;

-- confirms: 1 for a separator whose printer says that what follows holds no state secret.
ALTER TABLE page ADD COLUMN confirms INTEGER NOT NULL DEFAULT 0;

-- was, was_code: the batch before. page: the side that was suspected, 0 when a person locked the batch (who).
-- swept: when files were last put away. decided: '', 'release' or 'destroy'; done: when that was carried out.
CREATE TABLE batch_lock (
  id INTEGER PRIMARY KEY,
  batch TEXT NOT NULL REFERENCES batch (id),
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  page INTEGER NOT NULL,
  was TEXT NOT NULL,
  was_code TEXT NOT NULL,
  swept TEXT NOT NULL DEFAULT '',
  decided TEXT NOT NULL DEFAULT '',
  leader TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  number TEXT NOT NULL DEFAULT '',
  day TEXT NOT NULL DEFAULT '',
  done TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX batch_lock_open ON batch_lock (id) WHERE done = '';
CREATE INDEX batch_lock_by_batch ON batch_lock (batch);

-- Dossiers that a lock stops, and the state each had; 'locked': another lock had stopped it before.
CREATE TABLE lock_dossier (
  lock INTEGER NOT NULL REFERENCES batch_lock (id),
  dossier TEXT NOT NULL REFERENCES dossier (id),
  was TEXT NOT NULL,
  PRIMARY KEY (lock, dossier)
) STRICT, WITHOUT ROWID;

CREATE INDEX lock_dossier_by_dossier ON lock_dossier (dossier);
