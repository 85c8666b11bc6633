-- Every statement of the ledger: a name, what it is for, the SQL.

-- name: open_batches
-- Batches whose capture is not over.
SELECT * FROM batch WHERE state IN ('scanning', 'reload') ORDER BY id;

-- name: batch
-- One batch.
SELECT * FROM batch WHERE id = :id;

-- name: add_batch
-- A press was accepted.
INSERT INTO batch (id, device, job, rules, operator, operator_code, named_by, state, provenance, started, office)
VALUES (:id, :device, :job, :rules, :operator, :operator_code, :named_by, 'scanning', :provenance, :started,
  (SELECT max(id) FROM office));

-- name: add_page
-- A side is durable.
INSERT INTO page (batch, sheet, side, attempt, state, code, reason, master, sha256, path, captured)
VALUES (:batch, :sheet, :side, :attempt, :state, :code, :reason, :master, :sha256, :path, :captured);

-- name: same_page
-- The row of a side that may have been recorded before.
SELECT * FROM page WHERE batch = :batch AND sheet = :sheet AND side = :side AND attempt = :attempt;

-- name: earlier_attempts
-- Sides that a later attempt takes the place of.
SELECT * FROM page WHERE batch = :batch AND sheet = :sheet AND side = :side AND attempt < :attempt
AND state NOT IN ('replaced', 'orphan', 'removed', 'filed');

-- name: live_sides
-- Every side of a batch that still counts, in the order of the paper.
SELECT * FROM page WHERE batch = :batch AND state NOT IN ('replaced', 'orphan', 'removed')
ORDER BY sheet, CASE side WHEN 'front' THEN 0 ELSE 1 END, attempt;

-- name: fed_sides
-- Every side of a batch that was fed and does not wait to come again; what a person removed was fed too.
SELECT * FROM page WHERE batch = :batch AND state NOT IN ('replaced', 'orphan') AND NOT EXISTS (
  SELECT 1 FROM reload WHERE reload.batch = page.batch AND page.sheet >= reload.sheet
  AND page.attempt < reload.attempt
) ORDER BY sheet, CASE side WHEN 'front' THEN 0 ELSE 1 END, attempt;

-- name: add_reload
-- Paper is put back from this sheet on, and captured under this attempt.
INSERT OR IGNORE INTO reload (batch, sheet, attempt, at) VALUES (:batch, :sheet, :attempt, :at);

-- name: reload_of
-- The reload of which this is one of the first sheets.
SELECT * FROM reload WHERE batch = :batch AND attempt = :attempt AND sheet BETWEEN :least AND :sheet
ORDER BY sheet DESC LIMIT 1;

-- name: sides_before
-- The sides of the last sheets before one, the nearest first.
SELECT * FROM page WHERE batch = :batch AND sheet >= :least AND sheet < :sheet
AND state NOT IN ('replaced', 'orphan', 'removed')
ORDER BY sheet DESC, CASE side WHEN 'front' THEN 0 ELSE 1 END;

-- name: earlier_fronts
-- The front of a sheet as earlier attempts brought it, the newest first.
SELECT * FROM page WHERE batch = :batch AND sheet = :sheet AND side = 'front' AND attempt < :attempt
ORDER BY attempt DESC;

-- name: sides_of_sheet
-- Both sides of a sheet as one attempt brought it.
SELECT * FROM page WHERE batch = :batch AND sheet = :sheet AND attempt = :attempt
AND state NOT IN ('replaced', 'orphan', 'removed', 'filed')
ORDER BY CASE side WHEN 'front' THEN 0 ELSE 1 END;

-- name: sheets_in_order
-- Every sheet of a batch up to one, for counting as a person does; only separators come with what is on them.
SELECT sheet, side, state, CASE WHEN separator THEN analysis ELSE '' END AS analysis, analysis <> '' AS seen
FROM page WHERE batch = :batch AND sheet <= :sheet AND doubt <> 'open' AND state NOT IN ('replaced', 'orphan', 'removed')
ORDER BY sheet, CASE side WHEN 'front' THEN 0 ELSE 1 END;

-- name: page
-- One page.
SELECT * FROM page WHERE id = :id;

-- name: pages_to_analyse
-- Sides nobody has looked at, and how long they may wait: 0 a stack that is being fed, 1 the last stack of a device,
-- which still lies in its tray, 2 any other. Nobody stands by files that are taken from a folder.
SELECT page.*, batch.rules, CASE
  WHEN json_valid(batch.provenance) AND json_extract(batch.provenance, '$.kind') = 'folder' THEN 2
  WHEN batch.state IN ('scanning', 'reload') THEN 0
  WHEN NOT EXISTS (SELECT 1 FROM batch AS later WHERE later.device = batch.device AND later.id > batch.id) THEN 1
  ELSE 2 END AS patience
FROM page JOIN batch ON batch.id = page.batch
WHERE page.state = 'captured' AND batch.locked = 0 ORDER BY patience, page.id LIMIT :limit;

-- name: pages_to_read
-- Pages that were looked at and may be read; a separator is not read unless it turned out to be a page.
SELECT page.*, batch.rules FROM page JOIN batch ON batch.id = page.batch
WHERE page.state = 'analysed' AND (page.separator = 0 OR page.document IS NOT NULL) AND batch.locked = 0
AND (batch.confirmed <> '' OR page.document IS NOT NULL OR (
  batch.state IN ('scanning', 'reload', 'closed') AND 1 = (
    SELECT cover.confirms FROM page AS cover WHERE cover.batch = page.batch AND cover.sheet < page.sheet
    AND cover.separator = 1 AND cover.state NOT IN ('replaced', 'orphan')
    ORDER BY cover.sheet DESC, cover.confirms DESC LIMIT 1
  ) AND NOT EXISTS (
    SELECT 1 FROM page AS before WHERE before.batch = page.batch AND before.sheet < page.sheet
    AND before.state = 'captured'
  )
)) ORDER BY page.id LIMIT :limit;

-- name: batches_to_separate
-- Closed batches of which every side was looked at, and every target sheet measured; one with sheets in doubt again
-- when a doubt is settled.
SELECT * FROM batch WHERE state = 'closed' AND locked = 0 AND NOT EXISTS (
  SELECT 1 FROM page WHERE page.batch = batch.id AND page.state = 'captured'
) AND NOT EXISTS (
  SELECT 1 FROM device_check WHERE device_check.batch = batch.id AND device_check.measured = ''
) AND parted <> (
  SELECT count(*) FROM page WHERE page.batch = batch.id AND page.state = 'held' AND page.doubt = 'open'
) ORDER BY id;

-- name: batches_in_doubt
-- How many closed batches wait for a person to settle doubts.
SELECT count(*) AS n FROM batch WHERE state = 'closed' AND parted > 0 AND parted = (
  SELECT count(*) FROM page WHERE page.batch = batch.id AND page.state = 'held' AND page.doubt = 'open'
);

-- name: documents_to_assemble
-- Documents whose pages are all read, and whose fields are or have to wait, of dossiers that nobody holds.
SELECT document.*, dossier.job, dossier.rules, dossier.file_code, dossier.batch, dossier.register FROM document
JOIN dossier ON dossier.id = document.dossier
WHERE document.state = 'separated' AND dossier.state = 'closed' AND dossier.composition <> ''
AND document.catalogued IN ('released', 'awaits')
AND NOT EXISTS (
  SELECT 1 FROM page WHERE page.document = document.id AND page.state NOT IN ('read', 'filed')
) ORDER BY document.dossier, document.ordinal;

-- name: documents_to_sign
-- Assembled documents of dossiers that nobody holds; the operator is who scanned their first page, and people is how many
-- scanned any of them.
SELECT document.*, dossier.job, dossier.file_code, dossier.rules, scanned_by.operator, scanned_by.operator_code,
  scanned_by.people FROM document JOIN scanned_by ON scanned_by.document = document.id
JOIN dossier ON dossier.id = document.dossier
WHERE document.state = 'assembled' AND dossier.state = 'closed' AND dossier.composition <> ''
ORDER BY document.dossier, document.ordinal;

-- name: dossiers_to_pack
-- Closed dossiers of which every document is signed and its fields released, or it is excluded.
SELECT dossier.*, batch.operator, batch.operator_code, batch.named_by, batch.provenance, batch.device, batch.checked,
  batch.checked_by, batch.confirmed, batch.confirmed_by, batch.synthetic
FROM dossier
JOIN batch ON batch.id = dossier.batch
WHERE dossier.state = 'closed' AND dossier.composition <> '' AND NOT EXISTS (
  SELECT 1 FROM document WHERE document.dossier = dossier.id AND (
    document.state NOT IN ('signed', 'excluded')
    OR (document.state = 'signed' AND (document.catalogued <> 'released' OR document.lift <> ''))
  )
) AND EXISTS (SELECT 1 FROM document WHERE document.dossier = dossier.id AND document.state = 'signed') ORDER BY dossier.id;

-- name: deliveries_to_send
-- Packages that are not answered.
SELECT * FROM delivery WHERE state IN ('queued', 'sending', 'sent') ORDER BY queued, package;

-- name: dossiers_to_clear
-- Dossiers that the archive has whose local copies are due; not while a newer revision may still need them.
SELECT * FROM dossier WHERE state IN ('accepted', 'replaced') AND accepted <> '' AND cleared = '' AND accepted <= :before
AND NOT EXISTS (
  SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
  AND newer.line = dossier.line AND newer.state NOT IN ('accepted', 'replaced', 'discarded', 'removed')
) AND NOT EXISTS (
  SELECT 1 FROM rescan WHERE rescan.file_code = dossier.file_code AND rescan.state IN ('waiting', 'held')
) AND NOT EXISTS (
  SELECT 1 FROM outbox WHERE :handing AND outbox.file_code = dossier.file_code AND outbox.state IN ('waiting', 'sent', 'refused')
) ORDER BY accepted;

-- name: pages_of_document
-- Pages of a document in order.
SELECT * FROM page WHERE document = :document ORDER BY number;

-- name: documents_of_dossier
-- Documents of a dossier in order; those that a leader has excluded are none of it any more.
SELECT * FROM document WHERE dossier = :dossier AND state <> 'excluded' ORDER BY ordinal;

-- name: pages_of_dossier
-- Every page that belongs to a dossier, separators too, and who scanned it.
SELECT page.*, batch.operator, batch.operator_code, batch.named_by FROM page JOIN batch ON batch.id = page.batch
WHERE page.dossier = :dossier ORDER BY page.batch, page.sheet, page.side DESC, page.attempt;

-- name: latest_dossier
-- The newest revision of a dossier.
SELECT * FROM dossier WHERE file_code = :file_code ORDER BY revision DESC LIMIT 1;

-- name: revisions_of
-- Every revision of a dossier.
SELECT * FROM dossier WHERE file_code = :file_code ORDER BY revision;

-- name: dossier_of_document
-- The dossier that a document is in.
SELECT dossier.* FROM dossier JOIN document ON document.dossier = dossier.id WHERE document.id = :document;

-- name: held_pages
-- Held pages by the name that the list of held things gives them, or by their sheet or batch.
SELECT * FROM page WHERE state = 'held' AND :name IN (batch || '/' || sheet || side, batch || '/' || sheet, batch)
AND (SELECT locked FROM batch WHERE batch.id = page.batch) = 0 ORDER BY id;

-- name: add_dossier
-- A dossier begins: under the office of its earlier revisions, whose paper it is, else under that of its batch.
INSERT INTO dossier (id, file_code, revision, state, job, rules, batch, declared, captured, opened, office)
VALUES (:id, :file_code, :revision, 'open', :job, :rules, :batch, :declared, :captured, :opened, coalesce(
  (SELECT office FROM dossier WHERE file_code = :file_code ORDER BY revision DESC LIMIT 1),
  (SELECT office FROM batch WHERE id = :batch)));

-- name: add_document
-- A document begins.
INSERT INTO document (id, dossier, ordinal, type_name, state, sheets, declared, component, created)
VALUES (:id, :dossier, :ordinal, :type_name, 'separated', :sheets, :declared, :component, :created);

-- name: add_delivery
-- A package is durable and waits to be sent.
INSERT INTO delivery (package, dossier, state, path, sha256, size, queued)
VALUES (:package, :dossier, :state, :path, :sha256, :size, :queued);

-- name: add_intent
-- The key is about to be used.
INSERT INTO signing_intent (document, unsigned_sha256, at) VALUES (:document, :unsigned_sha256, :at);

-- name: open_intents
-- Key uses of a document whose outcome is not known.
SELECT * FROM signing_intent WHERE document = :document AND outcome = '' ORDER BY id;

-- name: settle_intents
-- The outcome of every open key use of a document.
UPDATE signing_intent SET outcome = :outcome WHERE document = :document AND outcome = '';

-- name: pages_to_clear
-- Pages whose files go with a dossier; the last dossier with pages of a batch takes its separators and the sides
-- that are filed nowhere along. An orphan may be of any of the batch's dossiers: it stays until all have receipts.
WITH going AS (
  SELECT old.id FROM dossier AS old JOIN dossier AS new ON new.file_code = old.file_code AND new.line = old.line
  WHERE new.id = :dossier AND (old.id = new.id OR old.state = 'replaced')
)
SELECT * FROM page WHERE cleared = 0 AND (dossier IN (SELECT id FROM going) OR (
  dossier IS NULL AND state IN ('separator', 'replaced', 'orphan', 'removed')
  AND batch IN (SELECT batch FROM page WHERE dossier IN (SELECT id FROM going))
  AND NOT EXISTS (
    SELECT 1 FROM page AS stays WHERE stays.batch = page.batch AND stays.cleared = 0
    AND CASE WHEN stays.dossier IS NULL THEN stays.state NOT IN ('separator', 'replaced', 'orphan', 'removed')
    ELSE stays.dossier NOT IN (SELECT id FROM going) END
  )
));

-- name: sides_aside
-- Sides of the batches of a dossier that are filed nowhere: they stay in its provenance.
SELECT * FROM page WHERE batch IN (SELECT batch FROM page WHERE dossier = :dossier) AND dossier IS NULL
AND state IN ('orphan', 'replaced', 'removed') ORDER BY batch, sheet, side DESC, attempt;

-- name: pages_of_path
-- Pages that still need a master file.
SELECT id FROM page WHERE path = :path AND cleared = 0;

-- name: last_audit
-- The head of the chain.
SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1;

-- name: add_audit
-- One link of the chain.
INSERT INTO audit (seq, at, who, what, subject, detail, previous, hash)
VALUES (:seq, :at, :who, :what, :subject, :detail, :previous, :hash);

-- name: audit
-- The whole chain.
SELECT * FROM audit ORDER BY seq;

-- name: page_counts
-- Sides by their own state, as the triggers of the tallies keep them.
SELECT state, sum(sides) AS n FROM side_tally GROUP BY state;

-- name: sides_stopped
-- Sides whose fate is another than their own state says: pages of a held batch, a held or rejected dossier and a held
-- document count as held, and so do those that wait for a doubt in their dossier to be settled, and those of a rescan
-- that is held, has a held page or is of a locked dossier. Pages of a dossier that was handed over on paper count as
-- removed. It begins at what is stopped, never at the pages: CROSS JOIN keeps that order.
WITH stopped (id) AS (
  SELECT page.id FROM batch CROSS JOIN page ON page.batch = batch.id WHERE batch.state IN ('held', 'locked')
  UNION SELECT page.id FROM dossier CROSS JOIN page ON page.dossier = dossier.id
    WHERE dossier.state IN ('held', 'rejected', 'locked', 'handed_over')
  UNION SELECT page.id FROM document CROSS JOIN page ON page.document = document.id WHERE document.state = 'held'
  UNION SELECT page.id FROM page JOIN batch ON batch.id = page.batch WHERE page.waits = 1 AND batch.state = 'closed'
  UNION SELECT page.id FROM rescan CROSS JOIN page ON page.rescan = rescan.id
    WHERE rescan.state IN ('held', 'waiting') AND page.rescan <> 0 AND page.document IS NULL AND (
      rescan.state = 'held'
      OR EXISTS (SELECT 1 FROM page AS other WHERE other.rescan = rescan.id AND other.rescan <> 0 AND other.state = 'held')
      OR EXISTS (SELECT 1 FROM dossier AS locked WHERE locked.file_code = rescan.file_code AND locked.state = 'locked'))
)
SELECT page.state, iif(dossier.state = 'handed_over', 'removed', 'held') AS fate, count(*) AS n
FROM stopped CROSS JOIN page ON page.id = stopped.id LEFT JOIN dossier ON dossier.id = page.dossier
WHERE page.state IN ('captured', 'analysed', 'read') OR (page.state = 'held' AND dossier.state = 'handed_over')
GROUP BY 1, 2;

-- name: sheet_count
-- Sheets fed, each once.
SELECT n FROM tally WHERE name = 'sheets';

-- name: blank_filed
-- Blank pages within the filed ones.
SELECT coalesce(sum(sides), 0) AS n FROM side_tally WHERE blank = 1 AND state = 'filed';

-- name: states_of
-- Things of each kind by state.
SELECT 'batch' AS kind, state, count(*) AS n FROM batch GROUP BY state
UNION ALL SELECT 'page', state, sum(sides) FROM side_tally GROUP BY state HAVING sum(sides) > 0
UNION ALL SELECT 'document', state, count(*) FROM document GROUP BY state
UNION ALL SELECT 'dossier', state, count(*) FROM dossier GROUP BY state
UNION ALL SELECT 'delivery', state, count(*) FROM delivery GROUP BY state
UNION ALL SELECT 'outbox', state, count(*) FROM outbox GROUP BY state;

-- name: oldest
-- When the oldest unfinished thing of each queue came in.
SELECT 'analyse' AS queue, min(captured) AS since, count(*) AS n FROM page JOIN batch ON batch.id = page.batch
  WHERE page.state = 'captured' AND batch.locked = 0
UNION ALL SELECT 'read', min(captured), count(*) FROM page
  JOIN batch ON batch.id = page.batch
  WHERE page.state = 'analysed' AND (separator = 0 OR document IS NOT NULL) AND batch.state NOT IN ('held', 'locked')
UNION ALL SELECT 'assemble', min(document.created), count(*) FROM document
  JOIN dossier ON dossier.id = document.dossier WHERE document.state = 'separated' AND dossier.state = 'closed'
UNION ALL SELECT 'sign', min(document.created), count(*) FROM document
  JOIN dossier ON dossier.id = document.dossier WHERE dossier.state = 'closed'
  AND (document.state IN ('assembled', 'awaiting_signer', 'awaiting_timestamp')
    OR (document.state = 'signed' AND document.lift = 'due'))
UNION ALL SELECT 'pack', min(opened), count(*) FROM dossier WHERE state = 'closed' AND NOT EXISTS (
  SELECT 1 FROM document WHERE document.dossier = dossier.id AND (
    document.state NOT IN ('signed', 'excluded') OR (document.state = 'signed' AND document.lift <> '')))
UNION ALL SELECT 'upload', min(queued), count(*) FROM delivery
  WHERE state IN ('screening', 'scan_hook_failed', 'queued', 'sending', 'sent')
UNION ALL SELECT 'held', min(captured), count(*) FROM page
  WHERE state = 'held' AND coalesce(dossier NOT IN (SELECT id FROM dossier WHERE state = 'handed_over'), 1);

-- name: held
-- Everything that waits for a person.
SELECT 'page' AS what, page.batch || '/' || page.sheet || page.side AS id, page.code, page.reason,
  json_object('sheet', page.sheet, 'side', page.side, 'started', batch.started) AS details
FROM page JOIN batch ON batch.id = page.batch LEFT JOIN dossier ON dossier.id = page.dossier
WHERE page.state = 'held' AND dossier.state IS NOT 'handed_over'
UNION ALL SELECT 'document', document.id, document.code, document.reason, '{}' FROM document
  JOIN dossier ON dossier.id = document.dossier WHERE document.state = 'held' AND dossier.state NOT IN ('replaced', 'discarded', 'handed_over')
UNION ALL SELECT 'rescan', file_code || '.' || ordinal || '#' || id, code, '', details FROM rescan WHERE state = 'held'
UNION ALL SELECT 'dossier', id, code, '', details FROM dossier WHERE state IN ('held', 'rejected')
UNION ALL SELECT 'outbox', file_code || '.' || ordinal, code, reason, '{}' FROM outbox WHERE state = 'refused'
UNION ALL SELECT 'task', id, 'A637', reason, json_object('file_code', file_code, 'ordinal', ordinal, 'page', page, 'reason', reason)
  FROM task WHERE state = 'asked' AND NOT EXISTS (SELECT 1 FROM dossier WHERE dossier.id = task.dossier
    AND dossier.state NOT IN ('replaced', 'discarded', 'removed'))
UNION ALL SELECT 'delivery', delivery.package, delivery.code, delivery.reason, json_object('file_code', dossier.file_code)
  FROM delivery JOIN dossier ON dossier.id = delivery.dossier
  WHERE delivery.code <> '' AND delivery.state NOT IN ('rejected', 'withdrawn')
UNION ALL SELECT 'batch', id, code, '',
  json_object('sheet', reload_sheet, 'started', started, 'batch', id, 'device', device)
FROM batch WHERE state IN ('reload', 'held', 'locked');

-- name: documents
-- Documents of the newest dossiers: a person looks at these, not at years of history.
SELECT document.*, dossier.file_code, dossier.state AS dossier_state,
  (SELECT count(*) FROM page WHERE page.document = document.id) AS pages
FROM document JOIN dossier ON dossier.id = document.dossier
WHERE dossier.id IN (SELECT id FROM dossier ORDER BY opened DESC, id LIMIT 100)
ORDER BY document.dossier, document.ordinal;

-- name: dossiers
-- The newest dossiers, oldest of them first, and how their first batch stands to the check of its scanner.
SELECT newest.*, batch.checked FROM (SELECT * FROM dossier ORDER BY opened DESC, id LIMIT 100) AS newest
JOIN batch ON batch.id = newest.batch ORDER BY newest.opened, newest.id;

-- name: delivery
-- One delivery.
SELECT * FROM delivery WHERE package = :package;

-- name: deliveries
-- The newest deliveries, oldest of them first.
SELECT * FROM (SELECT * FROM delivery ORDER BY queued DESC, package LIMIT 100) ORDER BY queued, package;

-- name: batches
-- The newest batches, oldest of them first.
SELECT * FROM (SELECT * FROM batch ORDER BY id DESC LIMIT 100) ORDER BY id;

-- name: dossier_of
-- One dossier.
SELECT * FROM dossier WHERE id = :id;

-- name: warned_pages
-- How many sides of the last batch of a device the same checks warn of.
SELECT page.warned, count(*) AS n FROM page
WHERE page.batch = (SELECT id FROM batch WHERE device = :device ORDER BY id DESC LIMIT 1)
AND page.warned <> '' AND page.state NOT IN ('replaced', 'orphan', 'removed') GROUP BY page.warned;

-- name: page_times
-- First capture and last acceptance, for pages a minute.
SELECT (SELECT min(captured) FROM page) AS first, (SELECT max(accepted) FROM delivery) AS last;

-- name: scanner
-- What a scanner said of itself last.
SELECT * FROM scanner WHERE key = :key;

-- name: scanner_of_device
-- The scanner that was last seen under the name of a device.
SELECT * FROM scanner WHERE device = :device ORDER BY seen DESC, key LIMIT 1;

-- name: put_scanner
-- What a scanner says of itself now.
INSERT INTO scanner (key, device, serial, firmware, options, accepted, total, roller, fed, seen)
VALUES (:key, :device, :serial, :firmware, :options, :accepted, :total, :roller, :fed, :seen)
ON CONFLICT (key) DO UPDATE SET device = :device, firmware = :firmware, options = :options, accepted = :accepted,
  total = :total, roller = :roller, fed = :fed, seen = :seen;

-- name: accept_options
-- The present table of options counts as the right one.
UPDATE scanner SET accepted = options WHERE key = :key;

-- name: part_change
-- The newest change of a part.
SELECT * FROM part_change WHERE key = :key AND part = :part;

-- name: put_part_change
-- A part was changed.
INSERT INTO part_change (key, part, at, fed, total, roller, used)
VALUES (:key, :part, :at, :fed, :total, :roller, :used)
ON CONFLICT (key, part) DO UPDATE SET at = :at, fed = :fed, total = :total, roller = :roller, used = :used;

-- name: sheets_of
-- Sheets that one scanner has fed; by the name of its device when it has no serial number.
SELECT coalesce(sum(sheets), 0) AS n FROM fed
WHERE CASE :serial WHEN '' THEN device = :device ELSE serial = :serial END AND day >= :since;

-- name: sheets_fed
-- Sheets ever fed under the name of each device.
SELECT device, sum(sheets) AS n FROM fed GROUP BY device;

-- name: interruptions_of
-- How often feeds of one scanner broke off, by code.
SELECT code, count(*) AS n FROM interruption
WHERE CASE :serial WHEN '' THEN device = :device ELSE serial = :serial END AND at >= :since GROUP BY code;

-- name: drift
-- Where one measure of a scanner's side stands.
SELECT * FROM drift WHERE device = :device AND serial = :serial AND side = :side AND measure = :measure;

-- name: put_drift
-- One more page of a measure.
INSERT INTO drift (device, serial, side, measure, pages, mean, square, recent, at)
VALUES (:device, :serial, :side, :measure, :pages, :mean, :square, :recent, :at)
ON CONFLICT (device, serial, side, measure) DO UPDATE SET pages = :pages, mean = :mean, square = :square,
  recent = :recent, at = :at;

-- name: drift_of_device
-- Where every measure stands of the scanner that a device was last.
SELECT * FROM drift WHERE device = :device AND serial = (
  SELECT serial FROM drift WHERE device = :device ORDER BY at DESC LIMIT 1
) ORDER BY side, measure;

-- name: add_device_check
-- A target sheet came through a scanner; its image is to be measured.
INSERT OR IGNORE INTO device_check (page, batch, sheet, side, attempt, device, serial, target, at, settings)
VALUES (:page, :batch, :sheet, :side, :attempt, :device, :serial, :target, :at, :settings);

-- name: device_check
-- The check that a captured side is.
SELECT * FROM device_check WHERE page = :page;

-- name: is_target_sheet
-- Whether a sheet of a batch is a target sheet.
SELECT 1 FROM device_check WHERE batch = :batch AND sheet = :sheet AND attempt = :attempt LIMIT 1;

-- name: device_checks_due
-- Target sheets that nobody has measured, with what is needed for that.
SELECT device_check.*, page.master, batch.rules FROM device_check
JOIN page ON page.id = device_check.page JOIN batch ON batch.id = device_check.batch
WHERE device_check.measured = '' AND batch.locked = 0 ORDER BY device_check.page;

-- name: put_device_check
-- What the measuring of a target sheet gave.
UPDATE device_check SET measured = :measured, reading = :reading, verdicts = :verdicts, passed = :passed, code = :code,
  reason = :reason WHERE page = :page;

-- name: device_checks_of
-- The newest checks of one scanner.
SELECT * FROM device_check WHERE device = :device AND serial = :serial AND measured <> ''
ORDER BY at DESC, page DESC LIMIT 50;

-- name: device_checks
-- The newest checks of a device, or of all.
SELECT * FROM device_check WHERE measured <> '' AND :device IN ('', device) ORDER BY at DESC, page DESC LIMIT :most;

-- name: last_device_checks
-- The newest check of each side of the scanner that was checked last under the name of a device.
SELECT * FROM device_check AS one WHERE device = :device AND measured <> '' AND serial = (
  SELECT serial FROM device_check WHERE device = :device AND measured <> '' ORDER BY at DESC, page DESC LIMIT 1
) AND NOT EXISTS (
  SELECT 1 FROM device_check AS newer WHERE newer.device = one.device AND newer.serial = one.serial
  AND newer.side = one.side AND newer.measured <> '' AND (newer.at, newer.page) > (one.at, one.page)
) ORDER BY side;

-- name: batches_unchecked
-- Batches that wait for a check of their scanner.
SELECT * FROM batch WHERE state = 'held' AND code = :code ORDER BY id;

-- name: device_checks_to_clear
-- Target sheets whose images are due to go: with their dossiers they went already, alone they go by themselves.
SELECT device_check.* FROM device_check JOIN page ON page.id = device_check.page
WHERE device_check.cleared = 0 AND device_check.at <= :before AND (page.cleared = 1 OR NOT EXISTS (
  SELECT 1 FROM page AS other WHERE other.batch = device_check.batch
  AND (other.dossier IS NOT NULL OR other.state NOT IN ('separator', 'replaced', 'orphan'))
)) ORDER BY device_check.page;

-- name: pages_to_forget
-- Sides of a batch of nothing but cover sheets whose masters are still there.
SELECT * FROM page WHERE batch = :batch AND cleared = 0 AND NOT EXISTS (
  SELECT 1 FROM page AS other WHERE other.batch = :batch
  AND (other.dossier IS NOT NULL OR other.state NOT IN ('separator', 'replaced', 'orphan'))
);

-- name: forget_device_checks
-- The images of a batch's target sheets are gone; what was measured stays.
UPDATE device_check SET cleared = 1 WHERE batch = :batch;

-- name: add_register
-- A register begins to be loaded; nobody sees it yet.
INSERT INTO register (kind, name, state, mode, source, sha256, who, started)
VALUES (:kind, :name, 'loading', :mode, :source, :sha256, :who, :started);

-- name: register
-- One register.
SELECT * FROM register WHERE id = :id;

-- name: current_register
-- The register of a name that counts.
SELECT * FROM register WHERE kind = :kind AND name = :name AND state = 'current';

-- name: current_registers
-- Every register that counts.
SELECT * FROM register WHERE state = 'current' ORDER BY kind, name;

-- name: registers_loading
-- Registers whose import never ended.
SELECT * FROM register WHERE state = 'loading' ORDER BY id;

-- name: register_to_clear
-- A register that counts no more.
SELECT id FROM register WHERE state IN ('replaced', 'dropped') ORDER BY id LIMIT 1;

-- name: any_register_row
-- A row of a register, if it has any.
SELECT id FROM register_row WHERE register = :register LIMIT 1;

-- name: forget_register
-- A register without rows goes; what it was stands on the audit chain.
DELETE FROM register WHERE id = :id;

-- name: clear_register
-- Let some rows of a register go that counts no more.
DELETE FROM register_row WHERE id IN (SELECT id FROM register_row WHERE register = :register LIMIT :most);

-- name: add_register_row
-- A row of a register that is being loaded.
INSERT INTO register_row (register, code, line, fields) VALUES (:register, :code, :line, :fields);

-- name: withdraw_register_row
-- A row of a register that is being loaded is taken back.
DELETE FROM register_row WHERE register = :register AND code = :code;

-- name: register_rows_of
-- A code in every register that counts.
SELECT register_row.*, register.name, register.kind, register.imported FROM register_row
JOIN register ON register.id = register_row.register
WHERE register_row.code = :code AND register.state = 'current' ORDER BY register.id DESC;

-- name: register_row_of
-- A code in one register.
SELECT * FROM register_row WHERE code = :code AND register = :register;

-- name: register_page
-- Some rows of a register, in the order of its file.
SELECT id, line, code, fields FROM register_row WHERE register = :register AND id > :after ORDER BY id LIMIT :most;

-- name: delivered_dossier
-- A dossier of this code that the archive holds.
SELECT id FROM dossier WHERE file_code = :file_code AND state = 'accepted' LIMIT 1;

-- name: rows_left_out
-- How many rows of one register have no row in another; counted to some number only.
SELECT count(*) AS n FROM (
  SELECT 1 FROM register_row AS old WHERE old.register = :old AND NOT EXISTS (
    SELECT 1 FROM register_row AS new WHERE new.code = old.code AND new.register = :new
  ) LIMIT :most
);

-- name: merge_register
-- Rows that were loaded join a register; the newer one of a code stays.
UPDATE OR REPLACE register_row SET register = :into WHERE register = :register;

-- name: count_register
-- Rows of a register.
SELECT count(*) AS n FROM register_row WHERE register = :register;

-- name: dossiers_unregistered
-- Dossiers that wait because no register has their code, now or next; the newest revision of each.
SELECT * FROM dossier WHERE state = 'held' AND (code = :code OR json_extract(details, '$.then') = :code) AND NOT EXISTS (
  SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
  AND newer.line = dossier.line
) ORDER BY opened;

-- name: pages_unread
-- Pages that count and whose text no engine could read.
SELECT count(*) AS n FROM page WHERE unread <> '' AND state NOT IN ('replaced', 'orphan', 'removed');

-- name: all_documents_of
-- Documents of a dossier in order, those too that are none of it any more.
SELECT * FROM document WHERE dossier = :dossier ORDER BY ordinal;

-- name: add_document_as
-- A document of a newer revision begins as it was, or anew.
INSERT INTO document (id, dossier, ordinal, type_name, state, sheets, declared, component, created, code, reason)
VALUES (:id, :dossier, :ordinal, :type_name, :state, :sheets, :declared, :component, :created, :code, :reason);

-- name: add_bound
-- A page that a document had before its dossier had a newer revision.
INSERT OR IGNORE INTO bound (document, number, page) VALUES (:document, :number, :page);

-- name: bound_pages
-- What the documents of an older revision had.
SELECT bound.* FROM bound JOIN document ON document.id = bound.document WHERE document.dossier = :dossier;

-- name: add_rescan
-- Paper came that shall take the place of pages.
INSERT INTO rescan (batch, file_code, ordinal, page, declared, captured, state, code, details, at)
VALUES (:batch, :file_code, :ordinal, :page, :declared, :captured, :state, :code, :details, :at);

-- name: rescan
-- One rescan.
SELECT * FROM rescan WHERE id = :id;

-- name: rescans_of
-- Rescans of a document that are not over, the oldest first.
SELECT * FROM rescan WHERE file_code = :file_code AND ordinal = :ordinal AND state IN ('waiting', 'held') ORDER BY id;

-- name: rescans_held
-- Rescans of a dossier that wait for a person for one reason.
SELECT * FROM rescan WHERE file_code = :file_code AND code = :code AND state = 'held' ORDER BY id;

-- name: rescans
-- The newest rescans, the oldest of them first.
SELECT * FROM (SELECT * FROM rescan ORDER BY id DESC LIMIT 100) ORDER BY id;

-- name: pages_of_rescan
-- What a rescan brought, in the order of the paper.
SELECT * FROM page WHERE rescan = :rescan ORDER BY sheet, CASE side WHEN 'front' THEN 0 ELSE 1 END, attempt;

-- name: rescans_due
-- Rescans of which every page is read or out of the count, of dossiers neither locked nor on their way to the archive.
SELECT rescan.*, batch.rules FROM rescan JOIN batch ON batch.id = rescan.batch
WHERE rescan.state = 'waiting' AND batch.state IN ('closed', 'separated') AND NOT EXISTS (
  SELECT 1 FROM page WHERE page.rescan = rescan.id AND page.state IN ('captured', 'analysed', 'held')
) AND NOT EXISTS (
  SELECT 1 FROM dossier JOIN delivery ON delivery.package = dossier.package
  WHERE dossier.file_code = rescan.file_code AND dossier.state = 'packed'
  AND NOT (delivery.state IN ('screening', 'scan_hook_failed', 'queued') AND delivery.upload_url = '')
) AND NOT EXISTS (
  SELECT 1 FROM dossier WHERE dossier.file_code = rescan.file_code AND dossier.state IN ('open', 'locked')
) ORDER BY rescan.id;

-- name: dossiers_behind
-- Dossiers that were scanned again whole and wait for the archive's answer to the revision before, which is there.
SELECT * FROM dossier WHERE state = 'held' AND code = :code AND NOT EXISTS (
  SELECT 1 FROM dossier AS older WHERE older.file_code = dossier.file_code AND older.state IN ('packed', 'locked')
) ORDER BY opened;

-- name: revisions_delivered
-- Earlier revisions of a dossier that the archive has, the newest first, each with what went there.
SELECT dossier.*, delivery.sha256, delivery.receipt FROM dossier JOIN delivery ON delivery.package = dossier.package
WHERE dossier.file_code = :file_code AND dossier.revision < :revision AND dossier.line = :line
AND delivery.state = 'accepted'
ORDER BY dossier.revision DESC;

-- name: pages_before
-- Pages of earlier revisions of a dossier that are in no newer one, and what took their place.
SELECT page.*, batch.operator, newer.sha256 AS replaced_by FROM page JOIN dossier ON dossier.id = page.dossier
JOIN batch ON batch.id = page.batch LEFT JOIN page AS newer ON newer.replaces = page.id AND newer.state <> 'removed'
WHERE dossier.file_code = :file_code AND dossier.revision < :revision AND dossier.line = :line
AND page.document IS NOT NULL
ORDER BY dossier.revision, page.document, page.number, page.id;

-- name: answers_of
-- What was said of the components of a dossier, oldest first.
SELECT * FROM answer WHERE file_code = :file_code ORDER BY id;

-- name: add_answer
INSERT INTO answer (file_code, component, kind, reason, who, at)
VALUES (:file_code, :component, :kind, :reason, :who, :at);

-- name: withdraw_answer
-- Take back what counts now of one component.
UPDATE answer SET withdrawn = :at, withdrawn_as = :kind, withdrawn_by = :who, withdrawn_reason = :reason
WHERE file_code = :file_code AND component = :component AND withdrawn = '';

-- name: say_sheets
INSERT INTO sheets_said (file_code, source, sheets, who, at) VALUES (:file_code, :source, :sheets, :who, :at)
ON CONFLICT (file_code, source) DO UPDATE SET sheets = excluded.sheets, who = excluded.who, at = excluded.at;

-- name: sheets_said_of
-- Numbers of sheets that people gave for a dossier.
SELECT * FROM sheets_said WHERE file_code = :file_code ORDER BY source;

-- name: dossiers_to_compose
-- Dossiers whose composition is still to be judged, or again: closed, or held for it (:codes, a JSON list).
SELECT * FROM dossier WHERE composition = '' AND (
  state = 'closed' OR (state = 'held' AND code IN (SELECT value FROM json_each(:codes)))
) ORDER BY opened;

-- name: dossiers_held_for
-- Dossiers that wait for one of some codes (a JSON list); the newest revision of each.
SELECT * FROM dossier WHERE state = 'held' AND code IN (SELECT value FROM json_each(:codes)) AND NOT EXISTS (
  SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
  AND newer.line = dossier.line
) ORDER BY opened;

-- name: documents_excluded
-- Documents that were captured with a dossier and are none of it any more.
SELECT * FROM document WHERE dossier = :dossier AND state = 'excluded' ORDER BY ordinal;

-- name: add_lock
-- A batch is locked: a state secret is suspected in it.
INSERT INTO batch_lock (batch, at, who, page, was, was_code) VALUES (:batch, :at, :who, :page, :was, :was_code);

-- name: lock
-- One lock.
SELECT * FROM batch_lock WHERE id = :id;

-- name: last_lock
-- The newest lock of a batch.
SELECT * FROM batch_lock WHERE batch = :batch ORDER BY id DESC LIMIT 1;

-- name: locks_to_enforce
-- Locks that a leader has decided about, whose batch is not put away yet, or was looked after long ago; and of a batch
-- that was destroyed lately: a job that was under way just then may have written since.
SELECT batch_lock.*, batch.state, batch.device, batch.job FROM batch_lock JOIN batch ON batch.id = batch_lock.batch
WHERE batch_lock.done = '' AND CASE
  WHEN batch.state IN ('scanning', 'reload') THEN batch_lock.swept < :soon
  ELSE batch.state <> 'locked' OR batch_lock.decided <> '' OR batch_lock.swept < :late END
OR (batch_lock.decided = 'destroy' AND batch_lock.done > :lately AND batch_lock.swept < :late)
ORDER BY batch_lock.id;

-- name: open_locks
-- Every lock that is not over, with what a person is told of it.
SELECT batch_lock.*, batch.device, batch.started, batch.state,
  (SELECT count(*) FROM page WHERE page.batch = batch.id) AS pages FROM batch_lock
JOIN batch ON batch.id = batch_lock.batch WHERE batch_lock.done = '' ORDER BY batch_lock.id;

-- name: suspected_unlocked
-- Pages that are held for a suspected secret in batches that nobody has locked.
SELECT page.id, page.batch FROM page JOIN batch ON batch.id = page.batch
WHERE page.state = 'held' AND page.code = :code AND batch.locked = 0 ORDER BY page.id;

-- name: sides_of_batch
-- Every side of a batch, whatever became of it.
SELECT * FROM page WHERE batch = :batch ORDER BY sheet, CASE side WHEN 'front' THEN 0 ELSE 1 END, attempt;

-- name: dossiers_of_batch
-- Dossiers with a page of a batch.
SELECT DISTINCT dossier FROM page WHERE batch = :batch AND dossier IS NOT NULL ORDER BY dossier;

-- name: add_lock_dossier
-- A lock stops a dossier.
INSERT OR IGNORE INTO lock_dossier (lock, dossier, was) VALUES (:lock, :dossier, :was);

-- name: lock_dossiers
-- The dossiers that a lock stops.
SELECT lock_dossier.*, dossier.state, dossier.code, dossier.package FROM lock_dossier
JOIN dossier ON dossier.id = lock_dossier.dossier WHERE lock_dossier.lock = :lock ORDER BY lock_dossier.dossier;

-- name: other_locks
-- Other locks that stop a dossier and are not over, the first that did so before.
SELECT lock_dossier.* FROM lock_dossier JOIN batch_lock ON batch_lock.id = lock_dossier.lock
WHERE lock_dossier.dossier = :dossier AND lock_dossier.lock <> :lock AND batch_lock.done = '' ORDER BY lock_dossier.lock;

-- name: hand_on_lock_dossier
-- Another lock keeps in which state a dossier was when the first lock stopped it.
UPDATE lock_dossier SET was = :was WHERE dossier = :dossier AND lock = :lock;

-- name: open_delivery_of
-- The package of a dossier that has no answer.
SELECT * FROM delivery WHERE dossier = :dossier
AND state IN ('screening', 'scan_hook_failed', 'queued', 'sending', 'sent');

-- name: path_elsewhere
-- Other batches that need a master file, and whether they are locked too.
SELECT DISTINCT page.batch, batch.locked FROM page JOIN batch ON batch.id = page.batch
WHERE page.path = :path AND page.cleared = 0 AND page.batch <> :batch;

-- name: documents_made_of
-- Documents that have, or had before a newer revision, a page of a batch, each with the package that it went into.
SELECT document.id, dossier.package FROM document JOIN dossier ON dossier.id = document.dossier
WHERE document.id IN (
  SELECT page.document FROM page WHERE page.batch = :batch AND page.document IS NOT NULL
  UNION SELECT bound.document FROM bound JOIN page ON page.id = bound.page WHERE page.batch = :batch
);

-- name: rescans_of_batch
-- Rescans of a batch that are not over.
SELECT * FROM rescan WHERE batch = :batch AND state IN ('waiting', 'held') ORDER BY id;

-- name: batches_locked
-- How many batches are locked.
SELECT count(*) AS n FROM batch_lock WHERE done = '';

-- name: ordinals_of_dossier
-- Numbers of documents that a dossier has or had.
SELECT ordinal, state FROM document WHERE dossier = :dossier ORDER BY ordinal;

-- name: add_handover
-- A dossier is handed over on paper.
INSERT INTO handover (dossier, who, reason, code, at, facts) VALUES (:dossier, :who, :reason, :code, :at, :facts);

-- name: handover_of
-- The note under which a dossier was handed over and not taken back.
SELECT * FROM handover WHERE dossier = :dossier AND taken_back = '' ORDER BY id DESC LIMIT 1;

-- name: handovers
-- The newest handover notes, the oldest of them first.
SELECT * FROM (SELECT * FROM handover ORDER BY id DESC LIMIT 100) ORDER BY id;

-- name: documents_to_catalogue
-- Documents whose fields nobody has looked at and whose pages are all read; and those that are signed and whose fields
-- have waited for that. One that a person is asked about stops no other of its dossier.
SELECT document.*, dossier.job, dossier.rules, dossier.file_code, dossier.batch FROM document
JOIN dossier ON dossier.id = document.dossier
WHERE (dossier.state = 'closed' OR (dossier.state = 'held' AND dossier.code = 'T465')) AND (
  (document.state IN ('separated', 'assembled', 'signed') AND document.catalogued = '')
  OR (document.state = 'signed' AND document.catalogued IN ('awaits', 'verified'))
) AND NOT EXISTS (
  SELECT 1 FROM page WHERE page.document = document.id AND page.state NOT IN ('read', 'filed')
) ORDER BY document.dossier, document.ordinal;

-- name: documents_doubtful
-- Documents of a dossier about whose fields a person is asked.
SELECT * FROM document WHERE dossier = :dossier AND catalogued = 'doubtful' ORDER BY ordinal;

-- name: document
-- One document.
SELECT * FROM document WHERE id = :id;

-- name: signed_documents_of
-- Documents of a dossier's newest revision that is signed whole, and of what was added to it: whoever makes an access copy reads these. One of which
-- a document is not signed yet, is locked or is over gives none, so no copy has gaps or pages that were found wrong.
SELECT document.* FROM document WHERE document.state NOT IN ('excluded', 'removed') AND document.dossier IN (
  SELECT id FROM (SELECT dossier.id, row_number() OVER (PARTITION BY dossier.line ORDER BY dossier.revision DESC) AS n
  FROM dossier
  WHERE dossier.file_code = :file_code AND dossier.state NOT IN ('locked', 'removed', 'replaced', 'discarded')
  AND NOT EXISTS (
    SELECT 1 FROM document AS other WHERE other.dossier = dossier.id AND other.state NOT IN ('excluded', 'removed')
    AND (other.signed_path = '' OR other.state = 'locked')
  ) AND EXISTS (SELECT 1 FROM document AS other WHERE other.dossier = dossier.id)) WHERE n = 1
) ORDER BY document.ordinal;

-- name: papers_to_ask
-- Documents of a dossier that a person must decide about before they are made: copies of fragile paper without their
-- number, and those whose first written page has the heading of a normative document.
SELECT * FROM document WHERE dossier = :dossier AND state = 'separated' AND (
  (fragile = 1 AND copy_form = '') OR (normative = '' AND EXISTS (
    SELECT 1 FROM page WHERE page.document = document.id AND page.normative = 1 AND NOT EXISTS (
      SELECT 1 FROM page AS before WHERE before.document = page.document AND before.number < page.number
      AND before.blank = 0
    )
  ))
) ORDER BY ordinal;

-- name: drop_intents
-- The key was not used after all.
UPDATE signing_intent SET outcome = 'not used' WHERE document = :document AND outcome = '';

-- name: documents_waiting
-- Documents that wait for a signer or a time stamp, of dossiers that nobody holds, as documents_to_sign gives them.
SELECT document.*, dossier.job, dossier.file_code, dossier.rules, scanned_by.operator, scanned_by.operator_code,
  scanned_by.people FROM document JOIN scanned_by ON scanned_by.document = document.id
JOIN dossier ON dossier.id = document.dossier
WHERE document.state = :state AND dossier.state = 'closed' ORDER BY document.dossier, document.ordinal;

-- name: documents_to_lift
-- Signed documents that still lack their time stamp, of dossiers that nobody holds.
SELECT document.*, dossier.job, dossier.file_code, dossier.rules FROM document
JOIN dossier ON dossier.id = document.dossier
WHERE document.state = 'signed' AND document.lift = 'due' AND dossier.state = 'closed'
ORDER BY document.dossier, document.ordinal;

-- name: audit_after
-- The next links of the audit chain after one, in order.
SELECT * FROM audit WHERE seq > :seq ORDER BY seq LIMIT :most;

-- name: audit_row
-- One link of the audit chain that is still in the ledger.
SELECT * FROM audit WHERE seq = :seq;

-- name: oldest_audit
-- The oldest link that is still in the ledger.
SELECT seq, at FROM audit ORDER BY seq LIMIT 1;

-- name: audit_before
-- The newest of so many links after one that is older than a moment.
SELECT max(seq) AS seq FROM (SELECT seq, at FROM audit WHERE seq > :seq ORDER BY seq LIMIT :most) WHERE at < :before;

-- name: has_segments
-- Whether this ledger knows segments: one of an earlier release does not.
SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'audit_segment';

-- name: segments
-- Every sealed segment of the audit chain, in order.
SELECT * FROM audit_segment ORDER BY number;

-- name: last_segment
-- The newest sealed segment.
SELECT * FROM audit_segment ORDER BY number DESC LIMIT 1;

-- name: add_segment
-- Rows of the audit chain lie durable in a sealed file.
INSERT INTO audit_segment (number, first, last, previous, head, sha256, size, sealed)
VALUES (:number, :first, :last, :previous, :head, :sha256, :size, :sealed);

-- name: shed_audit
-- Some links that a sealed segment has, but never the newest.
DELETE FROM audit WHERE seq <= (SELECT min((SELECT max(last) FROM audit_segment), (SELECT max(seq) - 1 FROM audit)))
AND seq < (SELECT min(seq) FROM audit) + :most;

-- name: last_of_kind
-- The newest link of one kind that is still in the ledger.
SELECT * FROM audit WHERE what = :what ORDER BY seq DESC LIMIT 1;

-- name: documents_told
-- Documents that a person means by one of their own name, of their file, or of a dossier; or by what the journal calls them:
-- dossier:NUMBER, document:NUMBER, the UUID of a package or of a batch.
SELECT document.*, dossier.file_code, dossier.revision, dossier.package, dossier.state AS dossier_state FROM document
JOIN dossier ON dossier.id = document.dossier
WHERE document.id = :name OR dossier.id = :name OR dossier.file_code = :name
OR dossier.file_code || '.' || document.ordinal = :name OR dossier.package = :name
OR 'dossier:' || dossier.rowid = :name OR 'document:' || document.rowid = :name
OR document.id IN (SELECT page.document FROM page WHERE page.batch = :name) ORDER BY document.dossier, document.ordinal;

-- name: pages_told
-- Sides of a document, or of a dossier that are in no document.
SELECT page.id, page.batch, page.sheet, page.side, page.attempt, page.rescan, batch.locked, batch.state AS batch_state
FROM page JOIN batch ON batch.id = page.batch
WHERE page.document = :document OR (page.dossier = :dossier AND page.document IS NULL)
OR page.id IN (SELECT page FROM bound WHERE document = :document);

-- name: deliveries_to_abandon
-- Packages that were withdrawn when the archive had begun to take them in.
SELECT * FROM delivery WHERE state = 'withdrawn' AND upload_url <> '' ORDER BY queued, package;

-- name: deliveries_told
-- Packages of a dossier.
SELECT package, sha256, receipt FROM delivery WHERE dossier = :dossier;

-- name: add_authorisation
-- A leader lets the agency's key sign.
INSERT INTO authorisation (at, leader, leader_name, keeper, key, subject, jobs, since, until, reason)
VALUES (:at, :leader, :leader_name, :keeper, :key, :subject, :jobs, :since, :until, :reason);

-- name: end_authorisation
-- An authorisation comes to its end.
UPDATE authorisation SET ended = :ended, ended_by = :who, why = :why, remark = :remark WHERE id = :id AND ended = '';

-- name: authorisation
-- One authorisation.
SELECT * FROM authorisation WHERE id = :id;

-- name: authorisations
-- The newest authorisations, the oldest of them first.
SELECT * FROM (SELECT * FROM authorisation ORDER BY id DESC LIMIT 100) ORDER BY id;

-- name: authorisations_alive
-- Authorisations that nobody has ended, the one that lasts longest first.
SELECT * FROM authorisation WHERE ended = '' ORDER BY until DESC, id;

-- name: waiting_to_sign
-- What waits for a signer or a time stamp, or did not get it: how many documents, by state, code, job and who scanned
-- their first page; one of them as an example.
SELECT state, code, job, rules, operator_code, count(*) AS documents, min(id) AS example, min(reason) AS reason FROM (
  SELECT document.id, document.state, document.code, document.reason, dossier.job, dossier.rules, (
    SELECT scanned.operator_code FROM page JOIN batch AS scanned ON scanned.id = page.batch
    WHERE page.document = document.id ORDER BY page.number LIMIT 1
  ) AS operator_code FROM document
  JOIN dossier ON dossier.id = document.dossier
  WHERE dossier.state = 'closed' AND (
    document.state IN ('awaiting_signer', 'awaiting_timestamp')
    OR (document.code <> '' AND (document.state = 'assembled' OR (document.state = 'signed' AND document.lift = 'due')))
  )
) GROUP BY state, code, job, rules, operator_code ORDER BY state, code, job, operator_code;


-- name: documents_without_room
-- Documents that wait for a reason of their stamp, in dossiers that no newer revision has replaced.
SELECT document.* FROM document JOIN dossier ON dossier.id = document.dossier
WHERE document.state = 'held' AND document.code = :code AND dossier.state IN ('closed', 'held')
ORDER BY document.id;

-- name: first_broken
-- Where the break of the audit chain was met first that no whole verification has taken back since.
SELECT * FROM audit WHERE what = 'audit.broken'
AND seq > coalesce((SELECT max(seq) FROM audit WHERE what = 'audit.verified'), 0) ORDER BY seq LIMIT 1;

-- name: add_evidence
-- One piece of evidence, by the hash of its file.
INSERT INTO evidence (sha256, path, kept) VALUES (:sha256, :path, :kept);

-- name: evidence
-- One piece of evidence.
SELECT * FROM evidence WHERE sha256 = :sha256;

-- name: add_document_evidence
-- A piece of evidence belongs to a signed file.
INSERT INTO document_evidence (document, signed_sha256, kind, sha256)
VALUES (:document, :signed_sha256, :kind, :sha256);

-- name: evidence_of_document
-- Every piece of evidence of a document, in the order it was kept.
SELECT document_evidence.*, evidence.path, evidence.kept FROM document_evidence
JOIN evidence ON evidence.sha256 = document_evidence.sha256
WHERE document_evidence.document = :document ORDER BY document_evidence.id;

-- name: evidence_of_dossier
-- Every piece of evidence of a dossier's signed files as they are now.
SELECT document_evidence.document, document_evidence.kind, document_evidence.sha256 FROM document_evidence
JOIN document ON document.id = document_evidence.document AND document.signed_sha256 = document_evidence.signed_sha256
WHERE document.dossier = :dossier ORDER BY document_evidence.id;

-- name: evidence_told
-- What the audit chain says of a document's evidence, while its row is still in the ledger.
SELECT * FROM audit WHERE what = 'evidence.kept' AND subject = :document ORDER BY seq;


-- name: scanned_by
-- Who scanned the first page of a document.
SELECT operator, operator_code FROM scanned_by WHERE document = :document;

-- name: last_office_key
-- The certificate of the office's key that was there last: one it signed with or that was there when a leader authorised
-- it; else the newest that a leader named.
SELECT key FROM (
  SELECT signing_key AS key, signed_at AS at FROM document WHERE rowid = (SELECT max((
    SELECT max(signed.rowid) FROM document AS signed WHERE signed.signing_key = authorisation.key)) FROM authorisation)
  UNION ALL SELECT * FROM (SELECT key, at FROM authorisation WHERE subject <> '' ORDER BY id DESC LIMIT 1)
  UNION ALL SELECT * FROM (SELECT key, '' FROM authorisation ORDER BY id DESC LIMIT 1)
) ORDER BY at DESC LIMIT 1;

-- What comes back from the archive (spool/tasks.py), and documents added to what it has (spool/supplements.py).

-- name: add_task
-- The archive asks for a page to be scanned again.
INSERT INTO task (id, package, file_code, ordinal, page, reason, asked, came, state)
VALUES (:id, :package, :file_code, :ordinal, :page, :reason, :asked, :came, :state);

-- name: task
-- One task.
SELECT * FROM task WHERE id = :id;

-- name: tasks_asked
-- Every task that the archive still asks for.
SELECT * FROM task WHERE state = 'asked' ORDER BY came, id;

-- name: tasks
-- The newest tasks, the oldest of them first; those that are asked for always. stands: state, or scanned where an answer is
-- on its way.
SELECT task.*, CASE WHEN task.state = 'asked' AND dossier.state NOT IN ('replaced', 'discarded', 'removed')
  THEN 'scanned' ELSE task.state END AS stands
FROM task LEFT JOIN dossier ON dossier.id = task.dossier
WHERE task.state = 'asked' OR task.id IN (SELECT id FROM task ORDER BY came DESC, id LIMIT 100)
ORDER BY task.came, task.id;

-- name: tasks_to_answer
-- Tasks that a revision of a dossier may answer: not answered yet, for an earlier package of its line.
SELECT task.* FROM task JOIN dossier AS old ON old.package = task.package
JOIN dossier AS new ON new.file_code = old.file_code AND new.line = old.line AND new.revision > old.revision
WHERE new.id = :dossier AND task.state = 'asked' AND task.dossier <> new.id ORDER BY task.came, task.id;

-- name: tasks_of_dossier
-- Tasks that a revision answers.
SELECT * FROM task WHERE dossier = :dossier ORDER BY came, id;

-- name: task_counts
-- Tasks by state; those whose answer is packed or on its way are scanned.
SELECT CASE WHEN task.state = 'asked' AND task.dossier <> '' AND dossier.state NOT IN ('replaced', 'discarded', 'removed')
  THEN 'scanned' ELSE task.state END AS state, count(*) AS n
FROM task LEFT JOIN dossier ON dossier.id = task.dossier GROUP BY 1;

-- name: oldest_task
-- When the oldest task came that nothing answers yet.
SELECT min(task.came) AS came FROM task LEFT JOIN dossier ON dossier.id = task.dossier
WHERE task.state = 'asked' AND (dossier.id IS NULL OR dossier.state IN ('replaced', 'discarded', 'removed'));

-- name: pages_of_task
-- The pages that a task means, as the package that it names had them; page 0: the whole document.
SELECT bound.page AS id FROM dossier JOIN document ON document.dossier = dossier.id AND document.ordinal = :ordinal
JOIN bound ON bound.document = document.id AND :page IN (0, bound.number) WHERE dossier.package = :package
UNION SELECT page.id FROM dossier JOIN document ON document.dossier = dossier.id AND document.ordinal = :ordinal
JOIN page ON page.document = document.id AND :page IN (0, page.number) WHERE dossier.package = :package;

-- name: ask_now
-- The one thing that is asked of the archive by itself: what it wants scanned again.
SELECT 'archive' AS id;

-- name: add_supplement
-- More documents come for a dossier that the archive has.
INSERT INTO supplement (file_code, who, reason, at) VALUES (:file_code, :who, :reason, :at);

-- name: supplement_awaited
-- The word of a person under which nothing came yet.
SELECT * FROM supplement WHERE file_code = :file_code AND dossier = '' ORDER BY id LIMIT 1;

-- name: supplement_of
-- The word of a person under which a line of additions began.
SELECT * FROM supplement WHERE dossier = :dossier;

-- name: ordinals_of_code
-- Numbers of documents of a dossier, in every revision that was not given up or destroyed.
SELECT DISTINCT document.ordinal FROM document JOIN dossier ON dossier.id = document.dossier
WHERE dossier.file_code = :file_code AND dossier.state NOT IN ('discarded', 'removed') ORDER BY document.ordinal;

-- name: supplemented
-- The newest package of a dossier that the archive has, without those that were added to it.
SELECT dossier.package, dossier.revision, delivery.sha256, delivery.accepted FROM dossier
JOIN delivery ON delivery.package = dossier.package
WHERE dossier.file_code = :file_code AND dossier.line = '' AND delivery.state = 'accepted'
ORDER BY dossier.revision DESC LIMIT 1;

-- name: deliveries_to_screen
-- Packages that must be looked at for harmful code, those that somebody waits for first, of them the least lately
-- tried; one with a finding only again after :again, when the definitions may know better.
SELECT delivery.*, iif(dossier.rules IN (SELECT value FROM json_each(:urgent)), 0, 1) AS patience
FROM delivery JOIN dossier ON dossier.id = delivery.dossier WHERE delivery.state = 'screening'
OR (delivery.state = 'scan_hook_failed' AND (delivery.code <> :found OR delivery.screened < :again))
ORDER BY patience, delivery.screened, delivery.queued, delivery.package;

-- name: onestop_current
-- Signed documents of one-stop dossiers (:rules, a JSON list) whose counts are right, not yet with the reception software;
-- of each dossier the newest revision that counts, and when Start was pressed: of a first scan the first one, of a
-- newer revision the last.
SELECT document.*, dossier.file_code, dossier.revision, (SELECT count(*) FROM page WHERE page.document = document.id) AS pages,
  coalesce((SELECT CASE dossier.revision WHEN 1 THEN min(batch.started) ELSE max(batch.started) END
    FROM page JOIN batch ON batch.id = page.batch WHERE page.document = document.id), dossier.opened) AS started
FROM dossier CROSS JOIN document ON document.dossier = dossier.id
WHERE dossier.state IN ('closed', 'packed', 'accepted', 'rejected') AND dossier.composition <> '' AND dossier.cleared = ''
AND dossier.opened >= :since AND dossier.rules IN (SELECT value FROM json_each(:rules))
AND document.state IN ('signed', 'packed', 'accepted') AND document.lift = ''
AND NOT EXISTS (
  SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
  AND newer.line = dossier.line AND newer.state IN ('closed', 'packed', 'accepted', 'rejected')
) AND NOT EXISTS (
  SELECT 1 FROM outbox WHERE outbox.file_code = dossier.file_code AND outbox.ordinal = document.ordinal
  AND outbox.component = document.component AND outbox.sha256 = document.signed_sha256
  AND outbox.state NOT IN ('recalling', 'withdrawn')
) ORDER BY started, document.id;

-- name: outbox_stale
-- Components that are with the reception software, or on their way, and no longer in any revision that counts. Of those
-- that are confirmed, which grow over the years, only where there was more than one revision, or it counts no more.
SELECT outbox.*, EXISTS (
  SELECT 1 FROM dossier WHERE dossier.file_code = outbox.file_code AND dossier.state IN ('locked', 'removed')
) AS locked FROM outbox
WHERE (outbox.state IN ('waiting', 'sent', 'refused') OR (+outbox.state = 'confirmed' AND outbox.file_code IN (
  SELECT file_code FROM dossier WHERE cleared = ''
  AND (revision > 1 OR state IN ('replaced', 'discarded', 'locked', 'removed'))
))) AND NOT EXISTS (
  SELECT 1 FROM dossier JOIN document ON document.dossier = dossier.id
  WHERE dossier.file_code = outbox.file_code AND document.ordinal = outbox.ordinal
  AND document.component = outbox.component AND document.signed_sha256 = outbox.sha256
  AND dossier.state NOT IN ('replaced', 'discarded', 'locked', 'removed')
  AND document.state NOT IN ('excluded', 'locked', 'removed', 'separated')
  AND NOT EXISTS (
    SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
    AND newer.line = dossier.line AND newer.state IN ('closed', 'packed', 'accepted', 'rejected')
  )
);

-- name: outbox_moving
-- Components that something is to be done about, whoever waits longest first.
SELECT * FROM outbox WHERE state IN ('waiting', 'sent', 'recalling') ORDER BY started, file_code, ordinal, id;

-- name: outbox_file
-- Where the signed file of a component lies now.
SELECT document.signed_path FROM dossier JOIN document ON document.dossier = dossier.id
WHERE dossier.file_code = :file_code AND document.ordinal = :ordinal AND document.signed_sha256 = :sha256
AND document.signed_path <> '' ORDER BY dossier.revision DESC LIMIT 1;

-- name: outbox_one
-- One component.
SELECT * FROM outbox WHERE id = :id;

-- name: outbox_before
-- The newest component that another one of the same number takes the place of.
SELECT id FROM outbox WHERE file_code = :file_code AND ordinal = :ordinal ORDER BY queued DESC, id DESC LIMIT 1;

-- name: add_outbox
-- A component waits to be given to the reception software.
INSERT INTO outbox (id, document, file_code, ordinal, component, sha256, state, replaces, started, queued)
VALUES (:id, :document, :file_code, :ordinal, :component, :sha256, 'waiting', :replaces, :started, :queued);

-- name: outbox_since
-- Since when components are handed over.
SELECT at FROM outbox_since;

-- name: add_outbox_since
-- Components are handed over from now on.
INSERT INTO outbox_since (at) VALUES (:at);

-- name: outbox_states
-- Components by state, and when Start was pressed for the oldest of each.
SELECT state, count(*) AS n, min(started) AS oldest FROM outbox GROUP BY state;

-- name: outbox_listed
-- The newest components, the oldest of them first.
SELECT * FROM (SELECT * FROM outbox ORDER BY queued DESC, id DESC LIMIT 200) ORDER BY queued, file_code, ordinal, id;

-- name: promises_open
-- When Start was pressed for each one-stop document that the reception software has not confirmed; also for one that is
-- not signed yet.
SELECT coalesce((SELECT CASE dossier.revision WHEN 1 THEN min(batch.started) ELSE max(batch.started) END
  FROM page JOIN batch ON batch.id = page.batch WHERE page.document = document.id), dossier.opened) AS started
FROM dossier JOIN document ON document.dossier = dossier.id
WHERE dossier.cleared = '' AND dossier.opened >= :since AND dossier.rules IN (SELECT value FROM json_each(:rules))
AND dossier.state NOT IN ('replaced', 'discarded', 'locked', 'removed', 'handed_over')
AND document.state NOT IN ('excluded', 'locked', 'removed')
AND NOT EXISTS (
  SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
  AND newer.line = dossier.line AND newer.state IN ('closed', 'packed', 'accepted', 'rejected')
) AND NOT EXISTS (
  SELECT 1 FROM outbox WHERE outbox.file_code = dossier.file_code AND outbox.ordinal = document.ordinal
  AND outbox.component = document.component AND outbox.sha256 = document.signed_sha256 AND outbox.state = 'confirmed'
);

-- The care of deliveries (spool/dispatching.py).

-- name: deliveries_due
-- Packages that are not answered, those that somebody waits for first. What was set aside waits for a person, or for its
-- daily try.
SELECT delivery.*, iif(dossier.rules IN (SELECT value FROM json_each(:urgent)), 0, 1) AS patience
FROM delivery JOIN dossier ON dossier.id = delivery.dossier
WHERE delivery.state IN ('queued', 'sending', 'sent')
AND (delivery.aside = '' OR (delivery.aside < :yesterday AND delivery.code = 'A627'))
ORDER BY patience, delivery.aside <> '', delivery.queued, delivery.package LIMIT :limit;

-- name: deliveries_waiting
-- Every package that is not answered, with the code of its dossier.
SELECT delivery.*, dossier.file_code, iif(dossier.rules IN (SELECT value FROM json_each(:urgent)), 1, 0) AS urgent
FROM delivery JOIN dossier ON dossier.id = delivery.dossier
WHERE delivery.state NOT IN ('accepted', 'rejected', 'withdrawn') ORDER BY delivery.queued, delivery.package;

-- name: delivery_backlog
-- How many packages and bytes have no answer, by lane, and how many of them are set aside.
SELECT iif(dossier.rules IN (SELECT value FROM json_each(:urgent)), 'urgent', 'bulk') AS lane, count(*) AS n,
  sum(delivery.size) AS size, sum(delivery.aside <> '') AS aside
FROM delivery JOIN dossier ON dossier.id = delivery.dossier
WHERE delivery.state NOT IN ('accepted', 'rejected', 'withdrawn') GROUP BY 1;

-- name: packed_by_day
-- Bytes of packages by the day on which they were ready.
SELECT substr(queued, 1, 10) AS day, sum(size) AS size FROM delivery WHERE queued >= :since GROUP BY 1 ORDER BY 1;

-- name: outbox_document
-- The document of a component, as its sidecar tells of it.
SELECT document.*, dossier.file_code, dossier.revision,
  (SELECT count(*) FROM page WHERE page.document = document.id)
  + CASE WHEN EXISTS (SELECT 1 FROM page WHERE page.document = document.id) THEN 0
    ELSE (SELECT count(*) FROM bound WHERE bound.document = document.id) END AS pages
FROM document JOIN dossier ON dossier.id = document.dossier WHERE document.id = :id;

-- name: outbox_refused
-- Components that were set aside for a person.
SELECT * FROM outbox WHERE state = 'refused' ORDER BY queued, id;

-- name: returns_waiting
-- Dossiers that the archive refused and nobody has mended yet; dossiers for which an addition is awaited.
SELECT (SELECT count(*) FROM dossier WHERE state = 'rejected') AS rejected,
  (SELECT count(*) FROM supplement WHERE dossier = '') AS awaited;

-- name: captures_of_dossier
-- The batches that the pages of a dossier are from.
SELECT * FROM batch WHERE id IN (SELECT batch FROM page WHERE dossier = :dossier) ORDER BY id;

-- name: pages_to_read_first
-- Pages of documents that somebody waits for at a counter (:urgent, a JSON list of rule profiles): read before any backlog.
SELECT page.*, batch.rules, 0 AS patience FROM page JOIN batch ON batch.id = page.batch
WHERE page.state = 'analysed' AND page.document IS NOT NULL AND batch.locked = 0
AND batch.rules IN (SELECT value FROM json_each(:urgent)) ORDER BY page.id LIMIT :limit;

-- name: archive_heard
-- When the archive last answered for good, as far as the ledger knows: a receipt or a refusal, by whatever way.
SELECT max((SELECT max(accepted) FROM delivery), (SELECT max(verified) FROM delivery)) AS at;


-- The synthetic page of every morning (spool/heartbeats.py); heartbeat_stands, heartbeat_receipt and lend_authorisation are
-- for the ledger of its own.

-- name: add_heartbeat
-- A synthetic page sets out.
INSERT INTO heartbeat (id, file_code, wished_by, started) VALUES (:id, :file_code, :wished_by, :started);

-- name: end_heartbeat
-- It has arrived, or was given up.
UPDATE heartbeat SET ended = :ended, code = :code, details = :details, stages = :stages, receipt = :receipt
WHERE id = :id AND ended = '';

-- name: heartbeats_open
-- Runs that nobody ended.
SELECT * FROM heartbeat WHERE ended = '' ORDER BY started;

-- name: forget_heartbeats
-- Only the newest runs are kept.
DELETE FROM heartbeat WHERE rowid <= (SELECT max(rowid) FROM heartbeat) - :kept;

-- name: heartbeats_ended
-- The newest runs that have ended, the newest first; by their order, which no clock that is set back changes.
SELECT * FROM heartbeat WHERE ended <> '' ORDER BY rowid DESC LIMIT :limit;

-- name: heartbeat_last
-- The newest run.
SELECT * FROM heartbeat ORDER BY rowid DESC LIMIT 1;

-- name: heartbeat_stands
-- How far the one synthetic page is: the dossier's state (empty: there is none yet), and why something of it waits.
SELECT coalesce((SELECT state FROM dossier LIMIT 1), '') AS dossier,
  coalesce((SELECT state FROM document LIMIT 1), '') AS document,
  coalesce((SELECT state FROM page LIMIT 1), '') AS page,
  coalesce((SELECT text_path FROM page LIMIT 1), '') AS text_path,
  coalesce((SELECT state FROM delivery LIMIT 1), '') AS delivery,
  coalesce((SELECT locked FROM batch LIMIT 1), 0) AS locked, trouble.code, trouble.reason
FROM (SELECT 0) LEFT JOIN (
  SELECT 1 AS place, code, reason FROM delivery WHERE code <> '' UNION ALL SELECT 2, code, '' FROM dossier WHERE code <> ''
  UNION ALL SELECT 3, code, reason FROM document WHERE code <> ''
  UNION ALL SELECT 4, code, reason FROM page WHERE code <> '' UNION ALL SELECT 5, code, '' FROM batch WHERE code <> ''
  ORDER BY place LIMIT 1
) AS trouble;

-- name: heartbeat_receipt
-- What the archive answered for the synthetic page.
SELECT token, sha256 FROM delivery WHERE state = 'accepted' LIMIT 1;

-- name: lend_authorisation
-- An authorisation of the office's ledger, under its own number.
INSERT OR IGNORE INTO authorisation (id, at, leader, leader_name, keeper, key, subject, jobs, since, until, reason)
VALUES (:id, :at, :leader, :leader_name, :keeper, :key, :subject, :jobs, :since, :until, :reason);

-- name: mark_synthetic
-- A batch that was not scanned from paper.
UPDATE batch SET synthetic = 1 WHERE id = :id;

-- What the journal is told of work (spool/chronicle.py). number: the row's number in this ledger, which says nothing outside.

-- name: chronicle_links
-- The next links of the audit chain of which the journal may be told.
SELECT seq, at, what, subject, detail FROM audit WHERE seq > :seq ORDER BY seq LIMIT :most;

-- name: chronicle_since
-- The last link of the audit chain before a moment, or the one before the oldest.
SELECT coalesce((SELECT seq FROM audit WHERE at < :before ORDER BY seq DESC LIMIT 1), :floor) AS seq;

-- name: chronicle_batch
-- A batch as the journal is told of it.
SELECT batch.id, batch.device, batch.job, batch.state, batch.code, batch.reload_sheet, batch.started, batch.locked,
  (SELECT count(*) FROM page WHERE page.batch = batch.id) AS sides,
  (SELECT count(DISTINCT sheet) FROM page WHERE page.batch = batch.id) AS sheets
FROM batch WHERE batch.id = :id AND batch.synthetic = 0;

-- name: chronicle_sides
-- Every side of a batch, and where it went.
SELECT page.id, page.sheet, page.side, page.attempt, page.state, page.code, page.blank, page.warned, page.number,
  document.rowid AS document
FROM page LEFT JOIN document ON document.id = page.document WHERE page.batch = :batch ORDER BY page.sheet, page.attempt, page.side;

-- name: chronicle_side
-- One side.
SELECT page.id, page.batch, page.sheet, page.side, page.code FROM page WHERE page.id = :id;

-- name: chronicle_document
-- A document as the journal is told of it; batch: that of its first page.
SELECT document.rowid AS number, dossier.rowid AS dossier, dossier.job, dossier.state AS dossier_state, document.state,
  document.code, document.sheets, document.level, document.stamped_at, document.signed_at, document.development,
  coalesce((SELECT page.batch FROM page WHERE page.document = document.id ORDER BY page.number LIMIT 1), dossier.batch) AS batch,
  (SELECT count(*) FROM page WHERE page.document = document.id) AS pages,
  (SELECT count(*) FROM page WHERE page.document = document.id AND page.blank = 1) AS blank,
  (SELECT min(batch.started) FROM batch WHERE batch.id = dossier.batch) AS started
FROM document JOIN dossier ON dossier.id = document.dossier WHERE document.id = :id;

-- name: chronicle_dossier
-- A dossier as the journal is told of it.
SELECT dossier.rowid AS number, dossier.batch, dossier.job, dossier.state, dossier.code, dossier.declared, dossier.captured,
  dossier.package, batch.started
FROM dossier JOIN batch ON batch.id = dossier.batch WHERE dossier.id = :id;

-- name: chronicle_delivery
-- A package as the journal is told of it.
SELECT delivery.package, delivery.state, delivery.code, delivery.size, delivery.sha256, delivery.accepted, delivery.receipt_number,
  dossier.rowid AS dossier, dossier.id AS dossier_id, dossier.batch, dossier.job, dossier.revision, batch.started
FROM delivery JOIN dossier ON dossier.id = delivery.dossier JOIN batch ON batch.id = dossier.batch
WHERE delivery.package = :package;

-- name: chronicle_documents
-- Documents in a dossier by their numbers, and how many pages each has.
SELECT document.rowid AS number, (SELECT count(*) FROM page WHERE page.document = document.id) AS pages
FROM document WHERE document.dossier = :dossier ORDER BY document.ordinal;

-- name: chronicle_batches
-- The batches that the pages of a dossier are from.
SELECT DISTINCT page.batch FROM document JOIN page ON page.document = document.id WHERE document.dossier = :dossier
ORDER BY page.batch;

-- name: chronicle_heartbeat
-- A run of the synthetic page as the journal is told of it.
SELECT id, started, ended FROM heartbeat WHERE id = :id;

-- name: chronicle_component
-- A component for the reception software as the journal is told of it.
SELECT outbox.id, outbox.document, outbox.code, outbox.tries, outbox.started, outbox.confirmed FROM outbox WHERE outbox.id = :id;

-- name: bytes_to_send
-- Bytes of packages that are not answered.
SELECT coalesce(sum(size), 0) AS size FROM delivery WHERE state IN ('queued', 'sending', 'sent');

-- name: sides_ever
-- How many sides were ever recorded: a page has the next number, and none is ever deleted.
SELECT coalesce(max(id), 0) AS n FROM page;

-- name: receipts_counted
-- How many receipts verified, how many answers of the archive did not or named something else, when the newest came.
SELECT (SELECT n FROM tally WHERE name = 'receipts') AS receipts,
  (SELECT n FROM tally WHERE name = 'receipt_mismatches') AS mismatches,
  max((SELECT max(accepted) FROM delivery), (SELECT max(verified) FROM delivery)) AS last;

-- The plan of the office, its reports and its lots (spool/plans.py, spool/production.py, spool/lots.py).

-- name: plan
-- Every phase, the first deadline first.
SELECT * FROM plan ORDER BY deadline, phase;

-- name: clear_plan
-- A new plan takes the place of this one.
DELETE FROM plan;

-- name: add_phase
INSERT INTO plan (phase, dossiers, sheets, high_use, deadline, registers, source, who, imported)
VALUES (:phase, :dossiers, :sheets, :high_use, :deadline, :registers, :source, :who, :imported);

-- name: dossier_page
-- Some dossiers in the order they came, as progress is counted: day of the receipt, and whether it is the first receipt of
-- its code; register and frequency of use as its register said; listed: whether a register has its code now.
SELECT dossier.rowid AS at, dossier.rules, dossier.state, dossier.captured, substr(dossier.accepted, 1, 10) AS day,
  NOT EXISTS (SELECT 1 FROM dossier AS other WHERE other.file_code = dossier.file_code AND other.line = ''
    AND other.accepted <> '' AND other.revision < dossier.revision) AS first,
  CASE WHEN dossier.register <> '' THEN dossier.register ->> '$.name' ELSE '' END AS register,
  CASE WHEN dossier.register <> '' THEN coalesce(dossier.register ->> '$.fields.useFrequency', '') ELSE '' END AS used,
  EXISTS (SELECT 1 FROM register_row WHERE register_row.code = dossier.file_code) AS listed,
  (SELECT count(*) FROM document WHERE document.dossier = dossier.id) AS documents
FROM dossier JOIN batch ON batch.id = dossier.batch
WHERE dossier.rowid > :after AND dossier.line = '' AND batch.synthetic = 0 ORDER BY dossier.rowid LIMIT :most;

-- name: received_page
-- Some rows of a one-stop register in order, each with its dossier's newest revision and whether the archive has any of it.
SELECT register_row.id AS at, register_row.code, coalesce(dossier.composition, '') AS composition,
  coalesce(register_row.fields ->> '$.procedureCode', '') AS procedureCode,
  coalesce(register_row.fields ->> '$.components', '') AS components,
  coalesce(register_row.fields ->> '$.digitisedComponents', '') AS digitisedComponents,
  EXISTS (SELECT 1 FROM dossier AS taken WHERE taken.file_code = register_row.code AND taken.line = ''
    AND taken.accepted <> '') AS complete
FROM register_row LEFT JOIN dossier ON dossier.file_code = register_row.code AND dossier.line = ''
  AND dossier.revision = (SELECT max(newest.revision) FROM dossier AS newest
    WHERE newest.file_code = register_row.code AND newest.line = '')
WHERE register_row.register = :register AND register_row.id > :after ORDER BY register_row.id LIMIT :most;

-- name: answers_counting
-- Which components people have answered for, of dossiers that nobody has scanned yet.
SELECT file_code, component, kind FROM answer WHERE withdrawn = ''
AND NOT EXISTS (SELECT 1 FROM dossier WHERE dossier.file_code = answer.file_code);

-- name: listed_of_high_use
-- Dossiers of high frequency of use in an archive register.
SELECT count(*) AS n FROM register_row WHERE register = :register AND fields ->> '$.useFrequency' = '01';

-- name: sides_of_days
-- Sides captured from one moment until before another by what became of them, counted as page_counts does.
SELECT batch.rules, CASE
  WHEN dossier.state = 'handed_over' AND page.state IN ('captured', 'analysed', 'read', 'held') THEN 'removed'
  WHEN page.state IN ('captured', 'analysed', 'read')
    AND (batch.state IN ('held', 'locked') OR dossier.state = 'locked' OR (batch.state = 'closed' AND page.waits = 1) OR dossier.state IN ('held', 'rejected') OR document.state = 'held'
      OR (page.rescan <> 0 AND page.document IS NULL AND EXISTS (SELECT 1 FROM rescan WHERE rescan.id = page.rescan
        AND (rescan.state = 'held' OR (rescan.state = 'waiting' AND EXISTS (
          SELECT 1 FROM page AS other WHERE other.rescan = rescan.id AND other.state = 'held'))
        OR (rescan.state = 'waiting' AND EXISTS (
          SELECT 1 FROM dossier AS stopped WHERE stopped.file_code = rescan.file_code AND stopped.state = 'locked'))))))
  THEN 'held' ELSE page.state END AS state,
  count(*) AS n, sum(page.blank = 1 AND page.state = 'filed') AS blank
FROM page JOIN batch ON batch.id = page.batch
LEFT JOIN document ON document.id = page.document LEFT JOIN dossier ON dossier.id = page.dossier
WHERE page.captured >= :since AND page.captured < :until AND batch.synthetic = 0 GROUP BY 1, 2;

-- name: sheets_of_days
-- Sheets fed, each on the day on which it first was.
SELECT batch.rules, count(*) AS n
FROM (SELECT DISTINCT batch, sheet FROM page WHERE captured >= :since AND captured < :until) AS fed
JOIN batch ON batch.id = fed.batch
WHERE batch.synthetic = 0 AND NOT EXISTS (SELECT 1 FROM page AS earlier
  WHERE earlier.batch = fed.batch AND earlier.sheet = fed.sheet AND earlier.captured < :since) GROUP BY 1;

-- name: filed_in_days
-- Pages that the receipts of some days have filed. A page is filed by the first receipt of its dossier, in any revision,
-- after it was captured; where the clock went back between the two, by the last. CROSS JOIN: the way is by receipts, never
-- through all pages that were ever filed.
SELECT page.id, page.batch, page.sheet, page.blank, taken.rules,
  page.analysis ->> '$.geometry.page_width' AS wide, page.analysis ->> '$.geometry.page_height' AS high,
  page.master ->> '$.width' AS width, page.master ->> '$.height' AS height, page.master ->> '$.dpi' AS dpi
FROM dossier AS taken
CROSS JOIN dossier AS sibling ON sibling.file_code = taken.file_code AND sibling.line = taken.line
CROSS JOIN document ON document.dossier = sibling.id CROSS JOIN page ON page.document = document.id JOIN batch ON batch.id = page.batch
WHERE taken.accepted <> '' AND taken.accepted >= :since AND taken.accepted < :until AND page.state = 'filed' AND batch.synthetic = 0
AND taken.accepted = (SELECT coalesce(min(CASE WHEN first.accepted >= page.captured THEN first.accepted END), max(first.accepted))
  FROM dossier AS first WHERE first.file_code = taken.file_code AND first.line = taken.line AND first.accepted <> '')
ORDER BY page.id;

-- name: accepted_in_days
-- Dossiers with a receipt of some days: newer: a revision of one that the archive had; documents: those that no revision
-- before had brought; started: when Start was pressed for it first.
SELECT taken.id, taken.rules, taken.line, taken.captured, taken.accepted, batch.started,
  EXISTS (SELECT 1 FROM dossier AS before WHERE before.file_code = taken.file_code AND before.line = taken.line
    AND before.accepted <> '' AND before.revision < taken.revision) AS newer,
  (SELECT count(*) FROM document WHERE document.dossier = taken.id AND document.state <> 'excluded'
    AND NOT EXISTS (SELECT 1 FROM dossier AS before JOIN document AS had ON had.dossier = before.id
      AND had.ordinal = document.ordinal AND had.state <> 'excluded'
      WHERE before.file_code = taken.file_code AND before.line = taken.line AND before.accepted <> ''
      AND before.revision < taken.revision)) AS documents
FROM dossier AS taken JOIN batch ON batch.id = taken.batch
WHERE taken.accepted <> '' AND taken.accepted >= :since AND taken.accepted < :until AND batch.synthetic = 0 ORDER BY taken.accepted, taken.id;

-- name: refused_in_days
-- Packages that the archive refused, by the day of its answer (where it gave no receipt: of the package).
SELECT dossier.rules, count(*) AS n FROM delivery JOIN dossier ON dossier.id = delivery.dossier
JOIN batch ON batch.id = dossier.batch
WHERE delivery.state = 'rejected' AND batch.synthetic = 0
AND iif(delivery.verified <> '', delivery.verified, delivery.queued) >= :since
AND iif(delivery.verified <> '', delivery.verified, delivery.queued) < :until GROUP BY 1;

-- name: held_of_days
-- Dossiers that wait for a person now, by the day on which they were told from their batch.
SELECT dossier.rules, count(*) AS n FROM dossier JOIN batch ON batch.id = dossier.batch
WHERE dossier.state IN ('held', 'locked') AND dossier.opened >= :since AND dossier.opened < :until AND batch.synthetic = 0
GROUP BY 1;

-- name: rescans_of_days
-- Scans of paper again that took their place.
SELECT batch.rules, count(*) AS n FROM rescan JOIN batch ON batch.id = rescan.batch
WHERE rescan.state = 'done' AND rescan.done >= :since AND rescan.done < :until AND batch.synthetic = 0 GROUP BY 1;

-- name: add_lot
INSERT INTO lot (state, since, until, rule, allowed, seed, dossiers, documents, pages, who, made)
VALUES ('open', :since, :until, :rule, :allowed, :seed, :dossiers, :documents, :pages, :who, :made);

-- name: add_lot_dossier
INSERT INTO lot_dossier (lot, dossier) VALUES (:lot, :dossier);

-- name: add_lot_sample
INSERT INTO lot_sample (lot, place, document, file_code, ordinal, pages)
VALUES (:lot, :place, :document, :file_code, :ordinal, :pages);

-- name: lots
-- Every lot, the newest first.
SELECT * FROM lot ORDER BY id DESC;

-- name: lot
-- One lot.
SELECT * FROM lot WHERE id = :id;

-- name: lot_sample
-- The sample of a lot in the order of the draw.
SELECT * FROM lot_sample WHERE lot = :lot ORDER BY place;

-- name: dossiers_for_lot
-- Dossiers that the archive has as they are, by the day of the receipt, and that are in no lot but refused ones.
SELECT dossier.id, dossier.file_code FROM dossier JOIN batch ON batch.id = dossier.batch
WHERE dossier.accepted <> '' AND dossier.accepted >= :since AND dossier.accepted < :until AND +dossier.state = 'accepted' AND batch.synthetic = 0
AND NOT EXISTS (SELECT 1 FROM lot_dossier JOIN lot ON lot.id = lot_dossier.lot
  WHERE lot_dossier.dossier = dossier.id AND lot.state <> 'rejected') ORDER BY dossier.id;

-- name: documents_for_lot
-- Documents of a dossier that the archive has, and how many pages each has.
SELECT document.id, document.ordinal, (SELECT count(*) FROM page WHERE page.document = document.id)
  + CASE WHEN EXISTS (SELECT 1 FROM page WHERE page.document = document.id) THEN 0
    ELSE (SELECT count(*) FROM bound WHERE bound.document = document.id) END AS pages
FROM document WHERE document.dossier = :dossier AND document.state = 'accepted' ORDER BY document.ordinal;

-- name: lots_before
-- Earlier lots with dossiers of a lot, in whatever revision.
SELECT DISTINCT lot.id, lot.state FROM lot_dossier AS own JOIN dossier ON dossier.id = own.dossier
JOIN dossier AS same ON same.file_code = dossier.file_code JOIN lot_dossier AS earlier ON earlier.dossier = same.id
JOIN lot ON lot.id = earlier.lot WHERE own.lot = :lot AND earlier.lot < :lot ORDER BY lot.id;

-- name: judge_lot_sample
-- What a person found of a document of the sample.
UPDATE lot_sample SET result = :result, fault = :fault, who = :who, at = :at WHERE lot = :lot AND place = :place;

-- What an office promises, and who is waited for (spool/service.py, docs/service.md).

-- name: promises_due
-- Promises to be judged, and dossiers that arrived and are not added up yet, the oldest Start first.
SELECT promise.dossier AS id FROM promise JOIN dossier ON dossier.id = promise.dossier
JOIN batch ON batch.id = dossier.batch
WHERE batch.synthetic = 0 AND promise.dossier IN (
  SELECT dossier FROM promise WHERE arrived > 0 AND counted = 0
  UNION ALL SELECT dossier FROM promise WHERE verdict = '' AND started <= max(:onestop_start, :archive_start)
  AND started <= CASE WHEN rules IN (SELECT value FROM json_each(:onestop)) THEN :onestop_start ELSE :archive_start END
) ORDER BY promise.started LIMIT :limit;

-- name: promise_of
-- The promise of one dossier, and how that stands.
SELECT promise.*, dossier.state AS stands FROM promise JOIN dossier ON dossier.id = promise.dossier
WHERE promise.dossier = :dossier;

-- name: judge_promise
-- A promise is judged, once.
UPDATE promise SET verdict = :verdict WHERE dossier = :dossier AND verdict = '';

-- name: count_promise
-- What a dossier took is in the sums.
UPDATE promise SET counted = 1 WHERE dossier = :dossier;

-- name: add_service
-- One more of a sum.
INSERT INTO service_sum (stream, name, value) VALUES (:stream, :name, :value)
ON CONFLICT (stream, name) DO UPDATE SET value = value + excluded.value;

-- name: service_sums
-- Every sum.
SELECT stream, name, value FROM service_sum;

-- name: promises_standing
-- Promises of dossiers that are on their way, by rule profile and verdict.
SELECT rules, verdict, count(*) AS n, min(started) AS oldest FROM promise WHERE arrived = 0 AND over = 0
AND verdict <> 'excused' GROUP BY rules, verdict;

-- name: promises_excused
-- Promises that came to another end, by rule profile.
SELECT rules, count(*) AS n FROM promise WHERE verdict = 'excused' GROUP BY rules;

-- name: waiting_counts
-- How many things wait in each state and since when the oldest does; a page of a dossier whose paper is at the centre does
-- not.
SELECT state, sum(n) AS n, min(since) AS since FROM (
  SELECT state, count(*) AS n, min(since) AS since FROM waiting WHERE kind <> 'page' GROUP BY state
  UNION ALL SELECT waiting.state, count(*), min(waiting.since) FROM waiting
    JOIN page ON page.id = CAST(waiting.item AS INTEGER) LEFT JOIN dossier ON dossier.id = page.dossier
    WHERE waiting.kind = 'page' AND dossier.state IS NOT 'handed_over' GROUP BY waiting.state
) GROUP BY state;

-- name: offices
-- The offices under which this host has worked, the newest last; how many of their dossiers the archive has not yet, and
-- how many of their batches are not dossiers yet.
SELECT office.*, (SELECT count(*) FROM dossier WHERE dossier.office = office.id
  AND dossier.state IN ('open', 'closed', 'held', 'packed', 'rejected')) AS undelivered,
  (SELECT count(*) FROM batch WHERE batch.office = office.id
  AND batch.state IN ('scanning', 'reload', 'closed', 'held')) AS batches FROM office ORDER BY office.id;

-- name: office_now
-- The office under which new batches begin.
SELECT * FROM office ORDER BY id DESC LIMIT 1;

-- name: office_of_dossier
-- The office under which a dossier was begun.
SELECT office.* FROM office JOIN dossier ON dossier.office = office.id WHERE dossier.id = :dossier;

-- name: add_office
-- The settings name an office.
INSERT INTO office (code, name, organ_id, seal, since) VALUES (:code, :name, :organ_id, :seal, :since);

-- name: batches_to_office
-- Batches of which it is not known under which office they were begun: under the one that was there.
UPDATE batch SET office = :office WHERE office IS NULL;

-- name: dossiers_to_office
-- Dossiers likewise.
UPDATE dossier SET office = :office WHERE office IS NULL;

-- name: unpacked_dossiers
-- Dossiers of which the archive can have nothing by a name that a backup knows: they have no package yet.
SELECT id, state FROM dossier WHERE state IN ('open', 'closed') ORDER BY id;

-- name: unparted_batches
-- Batches that are whole and in no dossier yet.
SELECT id FROM batch WHERE state = 'closed' AND locked = 0 ORDER BY id;

-- name: dossiers_held_as
-- Dossiers that one code holds.
SELECT * FROM dossier WHERE state = 'held' AND code = :code ORDER BY id;

-- name: dossiers_not_sent
-- Dossiers that a person has yet to decide about, but for those that one code holds.
SELECT * FROM dossier WHERE state IN ('held', 'rejected') AND code <> :code ORDER BY id;

-- name: package_accepted
-- Whether a package is known as accepted; without its name, whether anything of its dossier is.
SELECT 1 FROM dossier WHERE file_code = :file_code AND accepted <> '' AND :package IN ('', package) LIMIT 1;

-- name: package_under_way
-- Whether a package is on its way: its hash is asked for before a byte of it is sent.
SELECT 1 FROM delivery JOIN dossier ON dossier.id = delivery.dossier WHERE dossier.file_code = :file_code
AND :package IN ('', delivery.package) AND delivery.state IN ('screening', 'scan_hook_failed', 'queued', 'sending', 'sent')
LIMIT 1;

-- name: add_dossier_at_archive
-- A dossier that the archive has and this ledger lost.
INSERT INTO dossier (id, file_code, revision, state, job, rules, batch, declared, captured, package, opened, accepted,
  cleared, composition)
VALUES (:id, :file_code, :revision, 'accepted', '', '', :batch, 0, 0, :package, :now, :accepted, :now, '{}');
