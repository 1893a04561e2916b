-- Moves on, in real time, the next time of every periodic job that is due: of many workers one
-- gets the row.
INSERT INTO schedule_tick (job, due_at)
SELECT job, clock_timestamp() + make_interval(secs => seconds)
FROM unnest(CAST(:jobs AS text[]), CAST(:seconds AS double precision[])) AS given (job, seconds)
ORDER BY job
ON CONFLICT (job) DO UPDATE
SET due_at = excluded.due_at
WHERE schedule_tick.due_at <= clock_timestamp()
RETURNING job
