-- Bodies that wait, in this state, for a job that the queue does not have (any more).
SELECT id
FROM intake
WHERE state = :state AND announced_at IS NULL
    AND NOT EXISTS (
        SELECT FROM jobs.pgqueuer AS job
        WHERE job.dedupe_key = concat(CAST(:job AS text), ':', intake.id)
    )
ORDER BY id
