-- Operators find apps by how their names begin.
CREATE INDEX app_name ON app (name COLLATE NOCASE, key) WHERE deleted_at IS NULL;
