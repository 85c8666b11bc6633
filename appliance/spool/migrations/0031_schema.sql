-- readable-from: 0030
-- From which schema on a release may run on this ledger: a way back to the release before needs no second ledger. Releases
-- before this one know of no such table and refuse every newer ledger.
CREATE TABLE reader (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema INTEGER NOT NULL
) STRICT;
