-- synthetic: 1 a page of the appliance's own that goes the whole road to see that it is open (docs/heartbeat.md). Such a
-- batch lies in a ledger of its own, never beside papers; whoever counts papers leaves it out by this column too.
ALTER TABLE batch ADD COLUMN synthetic INTEGER NOT NULL DEFAULT 0;

-- Each run of the synthetic page. stages: what it took, seconds by stage (JSON). code and details (JSON): why it did not
-- arrive; '' it did or is on its way. ended: when it arrived or was given up. receipt: the archive's answer, as it came.
CREATE TABLE heartbeat (
  id TEXT PRIMARY KEY,
  file_code TEXT NOT NULL,
  wished_by TEXT NOT NULL,
  started TEXT NOT NULL,
  ended TEXT NOT NULL DEFAULT '',
  code TEXT NOT NULL DEFAULT '',
  details TEXT NOT NULL DEFAULT '{}',
  stages TEXT NOT NULL DEFAULT '{}',
  receipt TEXT NOT NULL DEFAULT ''
) STRICT;
