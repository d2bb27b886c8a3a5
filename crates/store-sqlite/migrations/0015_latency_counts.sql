-- How long attempts took (latency_column.rs); null where that was not counted yet. Counters of long ago are removed
-- from the front of the index, which only a new span touches.
ALTER TABLE endpoint_counts ADD COLUMN latencies BLOB;
CREATE INDEX endpoint_counts_of_span ON endpoint_counts (span);
