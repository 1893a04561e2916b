-- A worker is alive at this moment, in real time.
INSERT INTO worker_heartbeat (worker_id, seen_at)
VALUES (:worker_id, clock_timestamp())
ON CONFLICT (worker_id) DO UPDATE SET seen_at = excluded.seen_at
