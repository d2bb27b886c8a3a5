-- What an endpoint wants of its deliveries; null where the operator's settings apply.
ALTER TABLE endpoint ADD COLUMN retry_schedule TEXT; -- waits, e.g. `5s,300s`, or `none`
ALTER TABLE endpoint ADD COLUMN request_timeout_seconds INTEGER CHECK (request_timeout_seconds > 0);
ALTER TABLE endpoint ADD COLUMN in_flight_most INTEGER CHECK (in_flight_most > 0);
ALTER TABLE endpoint ADD COLUMN http_version TEXT NOT NULL DEFAULT 'auto'
    CHECK (http_version IN ('auto', '1.1', '2'));
ALTER TABLE endpoint ADD COLUMN success_rule TEXT NOT NULL DEFAULT '2xx' CHECK (success_rule IN ('2xx', '200'));
-- One by one, in order of acceptance; and whether those behind a failing one wait for ever or for its schedule.
ALTER TABLE endpoint ADD COLUMN fifo INTEGER NOT NULL DEFAULT 0 CHECK (fifo IN (0, 1));
ALTER TABLE endpoint ADD COLUMN fifo_failing_head TEXT NOT NULL DEFAULT 'block'
    CHECK (fifo_failing_head IN ('block', 'skip'));
