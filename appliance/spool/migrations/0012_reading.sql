-- reading: what read a page's text, as JSON (engine, languages, words, certainty, after: why it was read again). Empty: not
-- read, or by an older release. unread: why no engine could read it, code and reason; such a page is filed without text.
ALTER TABLE page ADD COLUMN reading TEXT NOT NULL DEFAULT '';
ALTER TABLE page ADD COLUMN unread TEXT NOT NULL DEFAULT '';
