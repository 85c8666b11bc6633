-- Who lets the agency's key sign without a person beside it: a leader, for the clerical officer (van thu) who keeps the
-- key, for named jobs ('*': all), from and until. key: SHA-256 of the certificate. ended: '' while it counts, then when it
-- came to its end, why ('revoked', 'expired') and who said so.
CREATE TABLE authorisation (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  leader TEXT NOT NULL,
  leader_name TEXT NOT NULL,
  keeper TEXT NOT NULL,
  key TEXT NOT NULL,
  subject TEXT NOT NULL,
  jobs TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  ended TEXT NOT NULL DEFAULT '',
  ended_by TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX authorisation_alive ON authorisation (key) WHERE ended = '';

CREATE TRIGGER authorisation_ends_once BEFORE UPDATE ON authorisation
WHEN OLD.ended <> '' OR NEW.ended = ''
BEGIN
  SELECT RAISE(ABORT, 'an authorisation ends once');
END;

CREATE TRIGGER authorisation_stands BEFORE UPDATE OF
  id, at, leader, leader_name, keeper, key, subject, jobs, since, until, reason ON authorisation
BEGIN
  SELECT RAISE(ABORT, 'an authorisation is never altered');
END;

CREATE TRIGGER authorisation_stays BEFORE DELETE ON authorisation
BEGIN
  SELECT RAISE(ABORT, 'an authorisation is never removed');
END;
