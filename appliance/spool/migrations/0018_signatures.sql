-- What a signature is made with and proves: the certificate's SHA-256, the moment of its time stamp, and whether a time
-- stamp is still to be put to it ('' no, 'due').
ALTER TABLE document ADD COLUMN signing_key TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN stamped_at TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN lift TEXT NOT NULL DEFAULT '';
CREATE INDEX document_to_lift ON document (lift) WHERE lift <> '';

-- Who scanned a document: the person of its first page, and how many different ones scanned any of its pages.
CREATE VIEW scanned_by (document, operator, operator_code, people) AS
SELECT document.id, (
  SELECT batch.operator FROM page JOIN batch ON batch.id = page.batch
  WHERE page.document = document.id ORDER BY page.number LIMIT 1
), (
  SELECT batch.operator_code FROM page JOIN batch ON batch.id = page.batch
  WHERE page.document = document.id ORDER BY page.number LIMIT 1
), (
  SELECT count(DISTINCT batch.operator_code) FROM page JOIN batch ON batch.id = page.batch
  WHERE page.document = document.id
) FROM document;
