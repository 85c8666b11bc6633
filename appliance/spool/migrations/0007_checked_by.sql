-- Which check of its scanner lets a batch go on, as JSON: when, serial number, target, dpi, and what had changed since the
-- batch was captured. Empty: none.
ALTER TABLE batch ADD COLUMN checked_by TEXT NOT NULL DEFAULT '';
