-- Moves a periodic job's next time on, in real time, if it is due: of many workers one does.
INSERT INTO schedule_tick (job, due_at)
VALUES (:job, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (job) DO UPDATE
SET due_at = excluded.due_at
WHERE schedule_tick.due_at <= clock_timestamp()
