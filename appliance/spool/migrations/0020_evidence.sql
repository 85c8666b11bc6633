-- What was known of certificate and time when a signature was made: each piece is a file named by its SHA-256 below
-- state/evidence, kept once however many documents it proves, and linked to each signed file it belongs to. Nothing
-- here is ever changed or removed, also when the local copies of a dossier are.
CREATE TABLE evidence (
  sha256 TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  kept TEXT NOT NULL
) STRICT;

CREATE TABLE document_evidence (
  id INTEGER PRIMARY KEY,
  document TEXT NOT NULL REFERENCES document (id),
  signed_sha256 TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('certificate', 'chain', 'ocsp', 'crl', 'timestamp', 'result')),
  sha256 TEXT NOT NULL REFERENCES evidence (sha256),
  UNIQUE (document, signed_sha256, kind, sha256)
) STRICT;

CREATE TRIGGER evidence_never_changes BEFORE UPDATE ON evidence BEGIN
  SELECT raise(ABORT, 'evidence is append-only');
END;

CREATE TRIGGER evidence_stays BEFORE DELETE ON evidence BEGIN
  SELECT raise(ABORT, 'evidence is append-only');
END;

CREATE TRIGGER evidence_once BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE sha256 = new.sha256) BEGIN
  SELECT raise(ABORT, 'evidence is append-only');
END;

CREATE TRIGGER document_evidence_never_changes BEFORE UPDATE ON document_evidence BEGIN
  SELECT raise(ABORT, 'evidence is append-only');
END;

CREATE TRIGGER document_evidence_stays BEFORE DELETE ON document_evidence BEGIN
  SELECT raise(ABORT, 'evidence is append-only');
END;

CREATE TRIGGER document_evidence_once BEFORE INSERT ON document_evidence
WHEN EXISTS (SELECT 1 FROM document_evidence WHERE id = new.id OR (document = new.document
AND signed_sha256 = new.signed_sha256 AND kind = new.kind AND sha256 = new.sha256)) BEGIN
  SELECT raise(ABORT, 'evidence is append-only');
END;
