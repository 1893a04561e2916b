-- Puts the dead job of each body that still waits to be applied back into the queue.
UPDATE jobs.pgqueuer
SET status = 'queued', attempts = 0, updated = clock_timestamp(), execute_after = clock_timestamp()
WHERE id IN (
    SELECT max(job.id)
    FROM intake
    JOIN jobs.pgqueuer AS job ON job.dedupe_key = concat(CAST(:job AS text), ':', intake.id)
    WHERE intake.state = 'received'
    GROUP BY intake.id
    HAVING bool_and(job.status = 'failed')
)
