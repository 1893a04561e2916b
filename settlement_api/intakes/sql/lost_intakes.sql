-- Received bodies that no job of the queue is going to apply.
SELECT id
FROM intake
WHERE state = 'received'
    AND NOT EXISTS (
        SELECT FROM jobs.pgqueuer AS job
        WHERE job.dedupe_key = concat(CAST(:job AS text), ':', intake.id)
    )
ORDER BY id
