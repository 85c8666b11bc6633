-- A package is checked for harmful code before it is sent: when that was tried last, and by what.
ALTER TABLE delivery ADD COLUMN screened TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN screened_by TEXT NOT NULL DEFAULT '';
-- What an earlier release left unsent has not been checked.
UPDATE delivery SET state = 'screening' WHERE state = 'queued' AND upload_url = '' AND sent_bytes = 0;
