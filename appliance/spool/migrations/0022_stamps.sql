-- An empty strip at the top of page 1 for the stamp, where nothing on the page is free. strip_leave: staff code of the leader
-- who lets it be added ('' none; where the rule profile does, nobody need). strip_mm: height of the one in the file.
ALTER TABLE document ADD COLUMN strip_leave TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN strip_mm REAL NOT NULL DEFAULT 0;
