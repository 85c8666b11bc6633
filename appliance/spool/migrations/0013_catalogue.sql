-- What was read of a document's pages as catalogue fields: JSON, a list of core/jobs.py Found. Personal data: it stands
-- here, in packages and nowhere else.
ALTER TABLE document ADD COLUMN catalogue TEXT NOT NULL DEFAULT '[]';

-- How its fields stand: '' nobody looked, 'awaits' its signature first, 'verified' that is valid, 'doubtful' a person is
-- asked, 'released' they may be used.
ALTER TABLE document ADD COLUMN catalogued TEXT NOT NULL DEFAULT '';

-- A document that gets other pages, or is made anew, is looked at again; what a person said of it stays. One that comes
-- signed from an earlier revision keeps its fields. Of a locked one nothing that was read stays.
CREATE TRIGGER catalogue_of_other_pages AFTER UPDATE OF document ON page
WHEN NEW.document IS NOT NULL AND NEW.document IS NOT OLD.document
BEGIN
  UPDATE document SET catalogued = '' WHERE id = NEW.document AND state = 'separated';
END;

CREATE TRIGGER catalogue_of_new_file AFTER UPDATE OF state ON document
WHEN NEW.state = 'separated' AND OLD.state <> 'separated'
BEGIN
  UPDATE document SET catalogued = '' WHERE id = NEW.id;
END;

CREATE TRIGGER catalogue_of_locked AFTER UPDATE OF state ON document
WHEN NEW.state IN ('locked', 'removed')
BEGIN
  UPDATE document SET catalogued = '', catalogue = '[]' WHERE id = NEW.id;
END;
