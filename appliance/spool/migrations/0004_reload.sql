-- Where paper was put back into the feeder, and what is asked about it.
CREATE TABLE reload (
  batch TEXT NOT NULL REFERENCES batch (id),
  sheet INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (batch, sheet, attempt)
) STRICT, WITHOUT ROWID;

-- doubt: '' nobody asks, 'open' a person is asked whether this is the right sheet, 'kept' it is.
-- waits: 1 while the page's dossier is not separated because of a doubt within it.
ALTER TABLE page ADD COLUMN doubt TEXT NOT NULL DEFAULT '';
ALTER TABLE page ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;

-- How many doubts were open when the batch was last separated; -1: never yet.
ALTER TABLE batch ADD COLUMN parted INTEGER NOT NULL DEFAULT -1;
