-- The audit chain only grows. Its oldest rows may go once they are in a sealed segment file (docs/audit.md): first and
-- last say which rows, previous and head are the hashes before and at its end, sha256 and size are of the file.
CREATE TABLE audit_segment (
  number INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  previous TEXT NOT NULL,
  head TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  sealed TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN
  SELECT raise(ABORT, 'the audit chain is append-only');
END;

-- A row goes only when a sealed segment has it, and the newest one never.
CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit
WHEN old.seq > coalesce((SELECT max(last) FROM audit_segment), 0) OR old.seq = (SELECT max(seq) FROM audit) BEGIN
  SELECT raise(ABORT, 'the audit chain is append-only');
END;

CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit
WHEN new.seq <> (SELECT max(seq) FROM audit) + 1
OR new.previous <> (SELECT hash FROM audit ORDER BY seq DESC LIMIT 1) BEGIN
  SELECT raise(ABORT, 'the audit chain goes on from its newest row');
END;

CREATE TRIGGER audit_segment_never_changes BEFORE UPDATE ON audit_segment BEGIN
  SELECT raise(ABORT, 'a sealed segment of the audit chain stays as it is');
END;

CREATE TRIGGER audit_segment_stays BEFORE DELETE ON audit_segment BEGIN
  SELECT raise(ABORT, 'a sealed segment of the audit chain stays as it is');
END;

CREATE TRIGGER audit_segment_goes_on BEFORE INSERT ON audit_segment
WHEN new.first <> coalesce((SELECT max(last) FROM audit_segment), 0) + 1 OR new.last < new.first
OR new.number <> coalesce((SELECT max(number) FROM audit_segment), 0) + 1
OR new.head IS NOT (SELECT hash FROM audit WHERE seq = new.last) BEGIN
  SELECT raise(ABORT, 'a segment goes on where the one before ends');
END;
