-- Seconds since any worker was last seen, in real time; no row value when none ever was.
SELECT extract(epoch FROM clock_timestamp() - max(seen_at))::double precision
FROM worker_heartbeat
