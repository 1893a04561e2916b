-- Puts the dead job of each body that still waits for it back into the queue.
UPDATE jobs.pgqueuer
SET status = 'queued', attempts = 0, updated = clock_timestamp(), execute_after = clock_timestamp()
WHERE id IN (
    SELECT max(job.id)
    FROM jobs.pgqueuer AS job
    JOIN intake ON job.dedupe_key = concat(CAST(:job AS text), ':', intake.id)
    WHERE job.entrypoint = :job AND intake.state = :state AND intake.announced_at IS NULL
    GROUP BY intake.id
    HAVING bool_and(job.status = 'failed')
)
