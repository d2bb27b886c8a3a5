-- The feature flags of a token whose sight they bound, as a list. Null for one that sees every event type.
ALTER TABLE token ADD COLUMN feature_flags TEXT;
