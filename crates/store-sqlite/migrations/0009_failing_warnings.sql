-- The last warning that an endpoint is failing: the period it was given in, by its beginning, and the part of the
-- time after which the endpoint is disabled that was over. Another period has another beginning.
ALTER TABLE endpoint ADD COLUMN warned_since INTEGER;
ALTER TABLE endpoint ADD COLUMN warned_percent INTEGER
    CHECK ((warned_percent IS NULL) = (warned_since IS NULL));
