-- What a signature is made with and proves: the certificate's SHA-256, the moment of its time stamp, and whether a time
-- stamp is still to be put to it ('' no, 'due').
ALTER TABLE document ADD COLUMN signing_key TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN stamped_at TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN lift TEXT NOT NULL DEFAULT '';
CREATE INDEX document_to_lift ON document (lift) WHERE lift <> '';
