-- Puts a dead job back, with all its attempts before it.
UPDATE jobs.pgqueuer
SET status = 'queued', attempts = 0, updated = clock_timestamp(), execute_after = clock_timestamp()
WHERE id = :job_id AND status = 'failed'
RETURNING id, entrypoint AS name
