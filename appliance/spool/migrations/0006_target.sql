-- Device checks: what a scan of the printed target sheet said of a scanner. One row a captured side that bears the
-- code of a target sheet; it waits (measured is empty) until a worker has measured the image. settings, reading and
-- verdicts are JSON; code and reason are empty unless the image could not be measured.
CREATE TABLE device_check (
  page INTEGER PRIMARY KEY REFERENCES page (id),
  batch TEXT NOT NULL REFERENCES batch (id),
  sheet INTEGER NOT NULL,
  side TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  device TEXT NOT NULL,
  serial TEXT NOT NULL,
  target TEXT NOT NULL,
  at TEXT NOT NULL,
  settings TEXT NOT NULL,
  measured TEXT NOT NULL DEFAULT '',
  reading TEXT NOT NULL DEFAULT '',
  verdicts TEXT NOT NULL DEFAULT '[]',
  passed INTEGER NOT NULL DEFAULT 0,
  code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  cleared INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX device_check_by_device ON device_check (device, serial, at);
CREATE INDEX device_check_by_batch ON device_check (batch, sheet);
CREATE INDEX device_check_due ON device_check (page) WHERE measured = '';
CREATE INDEX device_check_kept ON device_check (at) WHERE cleared = 0;

-- How a batch stands to the check of its scanner: '' nobody asks, 'passed' one was recent, 'flagged' none was,
-- 'later' it waited for one that passed.
ALTER TABLE batch ADD COLUMN checked TEXT NOT NULL DEFAULT '';
