-- kept: the codes that held a page and that a person has seen and overruled, in that order, parted by spaces. Until
-- now the audit chain alone had them.
ALTER TABLE page ADD COLUMN kept TEXT NOT NULL DEFAULT '';
UPDATE page SET kept = coalesce((
  SELECT replace(group_concat(DISTINCT json_extract(audit.detail, '$.code')), ',', ' ') FROM audit
  WHERE audit.what = 'page.kept_by' AND audit.subject = CAST(page.id AS TEXT)
), '') WHERE doubt = 'kept';

-- warned: the checks that only warn of a page, parted by spaces.
ALTER TABLE page ADD COLUMN warned TEXT NOT NULL DEFAULT '';
