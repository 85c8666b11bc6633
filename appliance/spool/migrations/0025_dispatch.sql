-- aside: when a delivery was set aside because it kept failing while others arrived; '' it is not.
ALTER TABLE delivery ADD COLUMN aside TEXT NOT NULL DEFAULT '';
-- How much is packed a day, without reading every delivery there ever was.
CREATE INDEX delivery_by_queued ON delivery (queued, size);
