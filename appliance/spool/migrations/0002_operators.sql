-- Who scanned a batch: the staff code beside the name, and how it became known (card, login, device, office, later).
ALTER TABLE batch ADD COLUMN operator_code TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN named_by TEXT NOT NULL DEFAULT '';
