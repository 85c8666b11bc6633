-- What an office promises: a dossier is with the archive so long after Start (docs/service.md). Times are Unix times, in the
-- transaction of the move they stand for. Nothing here may ever stop a move: a time that cannot be read is now.

-- Batches that waited for a person: waits 1 while one does, since when; person: seconds that it waited before.
CREATE TABLE batch_time (
  batch TEXT PRIMARY KEY,
  waits INTEGER NOT NULL DEFAULT 0,
  since REAL NOT NULL DEFAULT 0,
  person REAL NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TRIGGER batch_time_runs AFTER UPDATE OF waits ON batch_time
WHEN OLD.waits <> NEW.waits
BEGIN
  UPDATE batch_time SET since = (julianday('now') - 2440587.5) * 86400.0, person = person + CASE OLD.waits
    WHEN 1 THEN max((julianday('now') - 2440587.5) * 86400.0 - since, 0.0) ELSE 0.0 END
  WHERE batch = NEW.batch;
END;

-- Sheets in doubt are few, held pages of other batches may be thousands: none of them is looked at for it.
CREATE INDEX page_in_doubt ON page (batch) WHERE state = 'held' AND doubt = 'open';

-- A batch waits for a person while it is held or locked, its paper is to be put back, or a sheet of it is in doubt.
CREATE VIEW batch_waits (batch, waits) AS
SELECT id, state IN ('held', 'locked', 'reload') OR EXISTS (
  SELECT 1 FROM page WHERE page.batch = batch.id AND page.state = 'held' AND page.doubt = 'open'
) FROM batch;

CREATE TRIGGER batch_time_of_state AFTER UPDATE OF state ON batch
WHEN (OLD.state IN ('held', 'locked', 'reload')) <> (NEW.state IN ('held', 'locked', 'reload'))
BEGIN
  INSERT INTO batch_time (batch) VALUES (NEW.id) ON CONFLICT (batch) DO NOTHING;
  UPDATE batch_time SET waits = (SELECT waits FROM batch_waits WHERE batch = NEW.id) WHERE batch = NEW.id;
END;

CREATE TRIGGER batch_time_of_doubt AFTER UPDATE OF state, doubt ON page
WHEN (OLD.state = 'held' AND OLD.doubt = 'open') <> (NEW.state = 'held' AND NEW.doubt = 'open')
BEGIN
  INSERT INTO batch_time (batch) VALUES (NEW.batch) ON CONFLICT (batch) DO NOTHING;
  UPDATE batch_time SET waits = (SELECT waits FROM batch_waits WHERE batch = NEW.batch) WHERE batch = NEW.batch;
END;

-- One promise for each dossier: from Start of its first batch until the archive's receipt of it, or of the revision that took
-- its place. share: whom it waits for now (machine, person, tsa, network; '' it arrived), since when; the columns of these
-- names: seconds until then, which add up to since - started. verdict: '' not judged, met, missed, excused. counted: 1 once
-- its times are in the sums. over: 1 it is not on its way any more: given up, destroyed, or handed over on paper.
CREATE TABLE promise (
  dossier TEXT PRIMARY KEY REFERENCES dossier (id),
  rules TEXT NOT NULL,
  started REAL NOT NULL,
  share TEXT NOT NULL,
  since REAL NOT NULL,
  machine REAL NOT NULL DEFAULT 0,
  person REAL NOT NULL DEFAULT 0,
  tsa REAL NOT NULL DEFAULT 0,
  network REAL NOT NULL DEFAULT 0,
  arrived REAL NOT NULL DEFAULT 0,
  verdict TEXT NOT NULL DEFAULT '',
  counted INTEGER NOT NULL DEFAULT 0,
  over INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX promise_unjudged ON promise (started) WHERE verdict = '';
CREATE INDEX promise_open ON promise (rules, verdict, started) WHERE arrived = 0 AND over = 0;
CREATE INDEX promise_excused ON promise (rules) WHERE verdict = 'excused';
CREATE INDEX promise_uncounted ON promise (arrived) WHERE arrived > 0 AND counted = 0;

-- What was judged and what arrived, added up: the counters of the metrics, so that no restart sets them back.
CREATE TABLE service_sum (
  stream TEXT NOT NULL,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (stream, name)
) STRICT, WITHOUT ROWID;

-- Whom a dossier waits for. A person goes before the time stamp, that before the network.
CREATE VIEW dossier_share (dossier, share) AS
SELECT id, CASE
  WHEN state IN ('held', 'rejected', 'locked', 'handed_over', 'discarded', 'removed') THEN 'person'
  WHEN EXISTS (SELECT 1 FROM document WHERE document.dossier = dossier.id
    AND document.state IN ('held', 'awaiting_signer')) THEN 'person'
  WHEN EXISTS (SELECT 1 FROM document WHERE document.dossier = dossier.id
    AND (document.state = 'awaiting_timestamp' OR (document.state = 'signed' AND document.lift <> ''))) THEN 'tsa'
  WHEN EXISTS (SELECT 1 FROM delivery WHERE delivery.package = dossier.package
    AND (delivery.state = 'scan_hook_failed' OR (delivery.state IN ('queued', 'sending', 'sent')
    AND delivery.aside <> ''))) THEN 'person'
  WHEN EXISTS (SELECT 1 FROM delivery WHERE delivery.package = dossier.package
    AND delivery.state IN ('queued', 'sending', 'sent')) THEN 'network'
  ELSE 'machine' END
FROM dossier;

-- A clock that is set back adds nothing.
CREATE TRIGGER promise_time_runs AFTER UPDATE OF share ON promise
WHEN OLD.share <> NEW.share AND OLD.arrived = 0
BEGIN
  UPDATE promise SET since = max(since, (julianday('now') - 2440587.5) * 86400.0),
    machine = machine + CASE OLD.share WHEN 'machine'
      THEN max((julianday('now') - 2440587.5) * 86400.0 - since, 0.0) ELSE 0.0 END,
    person = person + CASE OLD.share WHEN 'person'
      THEN max((julianday('now') - 2440587.5) * 86400.0 - since, 0.0) ELSE 0.0 END,
    tsa = tsa + CASE OLD.share WHEN 'tsa'
      THEN max((julianday('now') - 2440587.5) * 86400.0 - since, 0.0) ELSE 0.0 END,
    network = network + CASE OLD.share WHEN 'network'
      THEN max((julianday('now') - 2440587.5) * 86400.0 - since, 0.0) ELSE 0.0 END
  WHERE dossier = NEW.dossier;
END;

-- How long ago Start was pressed for a batch, and how much of that it waited for a person.
CREATE VIEW batch_way (batch, now, whole, person) AS
SELECT batch, now, whole, max(min(whole, waited), 0.0) FROM (
  SELECT batch, now, max(now - begun, 0.0) AS whole, waited FROM (
    SELECT batch.id AS batch, (julianday('now') - 2440587.5) * 86400.0 AS now,
      (coalesce(julianday(batch.started), julianday('now')) - 2440587.5) * 86400.0 AS begun,
      coalesce((SELECT person + CASE waits WHEN 1 THEN (julianday('now') - 2440587.5) * 86400.0 - since ELSE 0.0 END
        FROM batch_time WHERE batch_time.batch = batch.id), 0.0) AS waited
    FROM batch
  )
);

-- Of a dossier that is scanned again while it is on its way the promise goes on; a revision made from the one before has no
-- Start of its own (promise_of_rescan gives it that of the paper that was scanned again).
CREATE TRIGGER promise_begins AFTER INSERT ON dossier
WHEN NEW.state = 'open' AND NOT EXISTS (
  SELECT 1 FROM dossier AS other LEFT JOIN promise ON promise.dossier = other.id
  WHERE other.file_code = NEW.file_code AND other.id <> NEW.id AND (other.batch = NEW.batch OR (other.line = NEW.line
    AND promise.arrived = 0 AND promise.over = 0 AND promise.verdict <> 'excused'))
)
BEGIN
  INSERT INTO promise (dossier, rules, started, share, since, machine, person)
  SELECT NEW.id, NEW.rules, now - whole, 'machine', now, whole - person, person FROM batch_way WHERE batch = NEW.batch;
END;

CREATE TRIGGER promise_of_rescan AFTER UPDATE OF dossier ON rescan
WHEN EXISTS (SELECT 1 FROM dossier WHERE id = NEW.dossier AND state NOT IN ('accepted', 'replaced'))
AND NOT EXISTS (
  SELECT 1 FROM dossier AS new JOIN dossier AS other ON other.file_code = new.file_code AND other.line = new.line
  JOIN promise ON promise.dossier = other.id WHERE new.id = NEW.dossier AND (promise.dossier = NEW.dossier
    OR (promise.arrived = 0 AND promise.over = 0 AND promise.verdict <> 'excused'))
)
BEGIN
  INSERT INTO promise (dossier, rules, started, share, since, machine, person)
  SELECT NEW.dossier, (SELECT rules FROM dossier WHERE id = NEW.dossier), now - whole,
    (SELECT share FROM dossier_share WHERE dossier = NEW.dossier), now, whole - person, person
  FROM batch_way WHERE batch = NEW.batch;
END;

CREATE TRIGGER promise_share_of_dossier AFTER UPDATE OF state ON dossier
WHEN NEW.state NOT IN ('accepted', 'replaced')
BEGIN
  UPDATE promise SET share = (SELECT share FROM dossier_share WHERE dossier = NEW.id)
  WHERE dossier = NEW.id AND arrived = 0;
END;

CREATE TRIGGER promise_share_of_document AFTER UPDATE OF state, lift ON document
WHEN OLD.state IN ('held', 'awaiting_signer', 'awaiting_timestamp')
OR NEW.state IN ('held', 'awaiting_signer', 'awaiting_timestamp') OR OLD.lift <> NEW.lift
BEGIN
  UPDATE promise SET share = (SELECT share FROM dossier_share WHERE dossier = NEW.dossier)
  WHERE dossier = NEW.dossier AND arrived = 0;
END;

CREATE TRIGGER promise_share_of_new_delivery AFTER INSERT ON delivery
BEGIN
  UPDATE promise SET share = (SELECT share FROM dossier_share WHERE dossier = NEW.dossier)
  WHERE dossier = NEW.dossier AND arrived = 0;
END;

CREATE TRIGGER promise_share_of_delivery AFTER UPDATE OF state, aside ON delivery
WHEN NEW.state <> 'accepted'
BEGIN
  UPDATE promise SET share = (SELECT share FROM dossier_share WHERE dossier = NEW.dossier)
  WHERE dossier = NEW.dossier AND arrived = 0;
END;

CREATE TRIGGER promise_kept AFTER UPDATE OF state ON dossier
WHEN NEW.state = 'accepted' AND OLD.state <> 'accepted'
BEGIN
  UPDATE promise SET share = '' WHERE dossier = NEW.id AND arrived = 0;
  UPDATE promise SET arrived = since WHERE dossier = NEW.id AND arrived = 0;
END;

-- The revision that has the place of another which never arrived; one that was renamed has another code, and is the newest.
CREATE VIEW dossier_next (dossier, next) AS
SELECT id, coalesce((
  SELECT next.id FROM dossier AS next WHERE next.file_code = dossier.file_code AND next.revision > dossier.revision
  AND next.line = dossier.line AND next.state NOT IN ('replaced', 'discarded', 'removed', 'accepted')
  ORDER BY next.revision DESC LIMIT 1
), (
  SELECT next.id FROM dossier AS next WHERE dossier.state = 'replaced' AND next.batch = dossier.batch
  AND next.id <> dossier.id AND next.rowid = (SELECT max(rowid) FROM dossier)
)) FROM dossier WHERE state IN ('replaced', 'discarded');

-- What was promised of the one is promised of the other. Where there is no other nothing is promised any more: the paper went
-- to the centre, or it was given up or destroyed by decision.
CREATE TRIGGER promise_handed_on AFTER UPDATE OF state ON dossier
WHEN NEW.state IN ('replaced', 'discarded', 'handed_over', 'removed') AND OLD.state <> NEW.state
AND EXISTS (SELECT 1 FROM promise WHERE dossier = NEW.id AND arrived = 0 AND verdict <> 'excused')
BEGIN
  DELETE FROM promise WHERE arrived = 0 AND dossier = (SELECT next FROM dossier_next WHERE dossier = NEW.id);
  UPDATE OR IGNORE promise SET dossier = (SELECT next FROM dossier_next WHERE dossier = NEW.id),
    rules = (SELECT rules FROM dossier WHERE id = (SELECT next FROM dossier_next WHERE dossier = NEW.id)),
    share = (SELECT share FROM dossier_share WHERE dossier = (SELECT next FROM dossier_next WHERE dossier = NEW.id))
  WHERE dossier = NEW.id AND (SELECT next FROM dossier_next WHERE dossier = NEW.id) IS NOT NULL;
  UPDATE promise SET verdict = CASE verdict WHEN '' THEN 'excused' ELSE verdict END, over = 1 WHERE dossier = NEW.id;
END;

CREATE TRIGGER promise_taken_back AFTER UPDATE OF state ON dossier
WHEN OLD.state = 'handed_over' AND NEW.state NOT IN ('handed_over', 'replaced')
BEGIN
  UPDATE promise SET over = 0 WHERE dossier = NEW.id;
END;

-- What waits for people, or for a time stamp, and since when. A document that is tried again keeps its time.
CREATE TABLE waiting (
  kind TEXT NOT NULL,
  item TEXT NOT NULL,
  state TEXT NOT NULL,
  since REAL NOT NULL,
  PRIMARY KEY (kind, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_by_state ON waiting (state, since);

-- received: when the centre signed for a dossier that was handed over on paper; '' it did not yet, as far as anybody said.
ALTER TABLE handover ADD COLUMN received TEXT NOT NULL DEFAULT '';

CREATE TRIGGER paper_received AFTER UPDATE OF received ON handover
WHEN NEW.received <> ''
BEGIN
  DELETE FROM waiting WHERE kind = 'dossier' AND item = NEW.dossier AND state = 'paper_to_centre';
END;

-- Moves into another state of waiting: since then. The same again: since before.
CREATE TRIGGER waiting_goes_on AFTER UPDATE OF state ON waiting
WHEN OLD.state <> NEW.state
BEGIN
  UPDATE waiting SET since = (julianday('now') - 2440587.5) * 86400.0 WHERE kind = NEW.kind AND item = NEW.item;
END;

CREATE TRIGGER batch_waiting AFTER UPDATE OF state ON batch
WHEN OLD.state IN ('held', 'reload', 'locked') OR NEW.state IN ('held', 'reload', 'locked')
BEGIN
  DELETE FROM waiting WHERE kind = 'batch' AND item = NEW.id AND NEW.state NOT IN ('held', 'reload', 'locked');
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'batch', NEW.id, replace(NEW.state, 'reload', 'held'), (julianday('now') - 2440587.5) * 86400.0
  WHERE NEW.state IN ('held', 'reload', 'locked') ON CONFLICT (kind, item) DO UPDATE SET state = excluded.state;
END;

CREATE TRIGGER page_waiting AFTER UPDATE OF state ON page
WHEN (OLD.state = 'held') <> (NEW.state = 'held')
BEGIN
  DELETE FROM waiting WHERE kind = 'page' AND item = CAST(NEW.id AS TEXT);
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'page', CAST(NEW.id AS TEXT), 'held', (julianday('now') - 2440587.5) * 86400.0 WHERE NEW.state = 'held';
END;

CREATE TRIGGER page_waits AFTER INSERT ON page
WHEN NEW.state = 'held'
BEGIN
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'page', CAST(NEW.id AS TEXT), 'held', (julianday('now') - 2440587.5) * 86400.0 WHERE true
  ON CONFLICT (kind, item) DO NOTHING;
END;

CREATE TRIGGER document_waiting AFTER UPDATE OF state, lift ON document
WHEN OLD.state IN ('held', 'awaiting_signer', 'awaiting_timestamp', 'assembled', 'signed')
OR NEW.state IN ('held', 'awaiting_signer', 'awaiting_timestamp')
BEGIN
  DELETE FROM waiting WHERE kind = 'document' AND item = NEW.id
  AND NEW.state NOT IN ('held', 'awaiting_signer', 'awaiting_timestamp', 'assembled')
  AND NOT (NEW.state = 'signed' AND NEW.lift <> '');
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'document', NEW.id, CASE NEW.state WHEN 'signed' THEN 'awaiting_timestamp' ELSE NEW.state END,
    (julianday('now') - 2440587.5) * 86400.0
  WHERE (NEW.state IN ('held', 'awaiting_signer', 'awaiting_timestamp') OR (NEW.state = 'signed' AND NEW.lift <> ''))
  AND NOT EXISTS (SELECT 1 FROM dossier
    WHERE id = NEW.dossier AND state IN ('replaced', 'discarded', 'removed', 'handed_over'))
  ON CONFLICT (kind, item) DO UPDATE SET state = excluded.state;
END;

CREATE TRIGGER document_waits AFTER INSERT ON document
WHEN NEW.state IN ('held', 'awaiting_signer', 'awaiting_timestamp')
BEGIN
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'document', NEW.id, NEW.state, (julianday('now') - 2440587.5) * 86400.0 WHERE true
  ON CONFLICT (kind, item) DO NOTHING;
END;

-- Documents of a dossier that is over, or whose paper is at the centre, wait for nobody. An older scan that went there along
-- with the newest has no note of its own: one dossier waits, once. A document that a worker or signer had in hand when its
-- dossier ended comes back later: it does not wait either (document_waiting).
CREATE TRIGGER dossier_waiting AFTER UPDATE OF state ON dossier
WHEN OLD.state IN ('held', 'rejected', 'handed_over')
OR NEW.state IN ('held', 'rejected', 'handed_over', 'replaced', 'discarded')
BEGIN
  DELETE FROM waiting WHERE kind = 'dossier' AND item = NEW.id
  AND NEW.state NOT IN ('held', 'rejected', 'handed_over');
  DELETE FROM waiting WHERE kind = 'dossier' AND item = NEW.id AND NEW.state = 'handed_over'
  AND NOT EXISTS (SELECT 1 FROM handover WHERE dossier = NEW.id AND taken_back = '');
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'dossier', NEW.id, CASE NEW.state WHEN 'handed_over' THEN 'paper_to_centre' ELSE 'held' END,
    (julianday('now') - 2440587.5) * 86400.0
  WHERE NEW.state IN ('held', 'rejected') OR (NEW.state = 'handed_over'
    AND EXISTS (SELECT 1 FROM handover WHERE dossier = NEW.id AND taken_back = ''))
  ON CONFLICT (kind, item) DO UPDATE SET state = excluded.state;
  DELETE FROM waiting WHERE kind = 'document' AND NEW.state IN ('replaced', 'discarded', 'handed_over')
  AND item IN (SELECT id FROM document WHERE dossier = NEW.id);
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'document', id, replace(state, 'signed', 'awaiting_timestamp'), (julianday('now') - 2440587.5) * 86400.0
  FROM document
  WHERE dossier = NEW.id AND OLD.state = 'handed_over' AND NEW.state NOT IN ('replaced', 'discarded')
  AND (state IN ('held', 'awaiting_signer', 'awaiting_timestamp') OR (state = 'signed' AND lift <> ''))
  ON CONFLICT (kind, item) DO NOTHING;
END;

-- What a rescan waits for a person counts as a wait of the batch that brought it.
CREATE TRIGGER rescan_waiting AFTER UPDATE OF state ON rescan
WHEN (OLD.state = 'held') <> (NEW.state = 'held')
BEGIN
  INSERT INTO batch_time (batch) VALUES (NEW.batch) ON CONFLICT (batch) DO NOTHING;
  UPDATE batch_time SET person = person + coalesce((
    SELECT max((julianday('now') - 2440587.5) * 86400.0 - waiting.since, 0.0) FROM waiting
    WHERE kind = 'rescan' AND item = CAST(NEW.id AS TEXT)
  ), 0.0) WHERE batch = NEW.batch AND NEW.state <> 'held';
  DELETE FROM waiting WHERE kind = 'rescan' AND item = CAST(NEW.id AS TEXT);
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'rescan', CAST(NEW.id AS TEXT), 'held', (julianday('now') - 2440587.5) * 86400.0 WHERE NEW.state = 'held';
END;

CREATE TRIGGER rescan_waits AFTER INSERT ON rescan
WHEN NEW.state = 'held'
BEGIN
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'rescan', CAST(NEW.id AS TEXT), 'held', (julianday('now') - 2440587.5) * 86400.0 WHERE true
  ON CONFLICT (kind, item) DO NOTHING;
END;

CREATE TRIGGER component_waiting AFTER UPDATE OF state ON outbox
WHEN (OLD.state = 'refused') <> (NEW.state = 'refused')
BEGIN
  DELETE FROM waiting WHERE kind = 'outbox' AND item = NEW.id;
  INSERT INTO waiting (kind, item, state, since)
  SELECT 'outbox', NEW.id, 'held', (julianday('now') - 2440587.5) * 86400.0 WHERE NEW.state = 'refused';
END;

-- What waited before this table was there waits since it came in: longer than it did is never shorter.
INSERT INTO waiting (kind, item, state, since)
SELECT kind, item, state, (coalesce(julianday(since), julianday('now')) - 2440587.5) * 86400.0 FROM (
  SELECT 'batch' AS kind, id AS item, replace(state, 'reload', 'held') AS state, started AS since FROM batch
    WHERE state IN ('held', 'reload', 'locked')
  UNION ALL SELECT 'page', CAST(id AS TEXT), 'held', captured FROM page WHERE state = 'held'
  UNION ALL SELECT 'document', document.id, CASE document.state WHEN 'signed' THEN 'awaiting_timestamp'
    ELSE document.state END, document.created
    FROM document JOIN dossier ON dossier.id = document.dossier
    WHERE dossier.state NOT IN ('replaced', 'discarded', 'handed_over')
    AND (document.state IN ('held', 'awaiting_signer', 'awaiting_timestamp')
      OR (document.state = 'signed' AND document.lift <> ''))
  UNION ALL SELECT 'dossier', id, 'held', opened FROM dossier WHERE state IN ('held', 'rejected')
  UNION ALL SELECT 'dossier', dossier.id, 'paper_to_centre', max(handover.at) FROM dossier
    JOIN handover ON handover.dossier = dossier.id AND handover.taken_back = ''
    WHERE dossier.state = 'handed_over' GROUP BY dossier.id
  UNION ALL SELECT 'rescan', CAST(id AS TEXT), 'held', at FROM rescan WHERE state = 'held'
  UNION ALL SELECT 'outbox', id, 'held', queued FROM outbox WHERE state = 'refused'
);
