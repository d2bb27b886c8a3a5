-- Whether payloads must fit the schema of their event type: 0 off, 1 warn, 2 enforce. The stricter one counts.
ALTER TABLE app ADD COLUMN payload_validation INTEGER NOT NULL DEFAULT 0
    CHECK (payload_validation BETWEEN 0 AND 2);
ALTER TABLE event_type ADD COLUMN payload_validation INTEGER NOT NULL DEFAULT 0
    CHECK (payload_validation BETWEEN 0 AND 2);
