-- readable-from: 0030
-- Under whose code, name and fonds every batch and dossier was begun. What is begun keeps them until it is delivered,
-- and afterwards, when the settings name another office since. NULL: of before; the daemon fills it in when it starts.
CREATE TABLE office (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  organ_id TEXT NOT NULL,
  seal TEXT NOT NULL DEFAULT '',
  since TEXT NOT NULL
);
ALTER TABLE batch ADD COLUMN office INTEGER REFERENCES office (id);
ALTER TABLE dossier ADD COLUMN office INTEGER REFERENCES office (id);
CREATE INDEX batch_of_no_office ON batch (id) WHERE office IS NULL;
CREATE INDEX dossier_of_no_office ON dossier (id) WHERE office IS NULL;
