-- What wears on a scanner and what changed of it. Days and times are Vietnamese, as everywhere in the ledger.
-- Feeds and interruptions are counted by triggers: in the transaction of the row they stand for, once.

CREATE TABLE fed (
  device TEXT NOT NULL,
  serial TEXT NOT NULL,
  day TEXT NOT NULL,
  sheets INTEGER NOT NULL,
  PRIMARY KEY (device, serial, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX fed_by_serial ON fed (serial, day);

CREATE TABLE interruption (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  serial TEXT NOT NULL,
  batch TEXT NOT NULL REFERENCES batch (id),
  sheet INTEGER NOT NULL,
  code TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;

CREATE INDEX interruption_by_time ON interruption (at);

-- One row a scanner (wear.py: Scanner.key). Its own counters are -1 where it has none; fed is what the table
-- of that name said when they were read.
CREATE TABLE scanner (
  key TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  serial TEXT NOT NULL,
  firmware TEXT NOT NULL,
  options TEXT NOT NULL,
  accepted TEXT NOT NULL,
  total INTEGER NOT NULL,
  roller INTEGER NOT NULL,
  fed INTEGER NOT NULL,
  seen TEXT NOT NULL
) STRICT;

CREATE INDEX scanner_by_device ON scanner (device, seen);

-- The newest change of each part: what every counter stood at then, and the sheets the part had done before.
CREATE TABLE part_change (
  key TEXT NOT NULL,
  part TEXT NOT NULL,
  at TEXT NOT NULL,
  fed INTEGER NOT NULL,
  total INTEGER NOT NULL,
  roller INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (key, part)
) STRICT, WITHOUT ROWID;

-- A sheet is fed once for each attempt: one that jams and is fed again has passed the rollers twice.
CREATE TRIGGER sheet_fed AFTER INSERT ON page
WHEN NOT EXISTS (
  SELECT 1 FROM page AS other WHERE other.batch = NEW.batch AND other.sheet = NEW.sheet
  AND other.attempt = NEW.attempt AND other.id <> NEW.id
)
BEGIN
  INSERT INTO fed (device, serial, day, sheets)
  SELECT device, CASE WHEN json_valid(provenance) THEN coalesce(provenance ->> '$.serial', '') ELSE '' END,
    substr(NEW.captured, 1, 10), 1
  FROM batch WHERE id = NEW.batch
  ON CONFLICT (device, serial, day) DO UPDATE SET sheets = sheets + 1;
END;

CREATE TRIGGER feed_interrupted AFTER UPDATE OF state ON batch
WHEN OLD.state = 'scanning' AND NEW.state = 'reload' AND NEW.code <> ''
BEGIN
  INSERT INTO interruption (device, serial, batch, sheet, code, at)
  VALUES (
    NEW.device, CASE WHEN json_valid(NEW.provenance) THEN coalesce(NEW.provenance ->> '$.serial', '') ELSE '' END,
    NEW.id, NEW.reload_sheet, NEW.code, strftime('%Y-%m-%dT%H:%M:%f', 'now', '+7 hours') || '+07:00'
  );
END;

-- What was fed before this table was there.
INSERT INTO fed (device, serial, day, sheets)
SELECT device, serial, day, count(*) FROM (
  SELECT batch.device AS device,
    CASE WHEN json_valid(batch.provenance) THEN coalesce(batch.provenance ->> '$.serial', '') ELSE '' END AS serial,
    substr(min(page.captured), 1, 10) AS day
  FROM page JOIN batch ON batch.id = page.batch GROUP BY page.batch, page.sheet, page.attempt
) GROUP BY device, serial, day;
