-- Jobs held after their last failure, in the order enqueued, with the last error.
SELECT
    job.id,
    job.entrypoint AS name,
    job.attempts + 1 AS attempts,
    job.updated AS failed_at,
    convert_from(job.payload, 'UTF8') AS payload,
    (
        SELECT entry.traceback ->> 'exception_type'
        FROM jobs.pgqueuer_log AS entry
        WHERE entry.job_id = job.id AND entry.traceback IS NOT NULL
        ORDER BY entry.created DESC
        LIMIT 1
    ) AS error_type,
    (
        SELECT entry.traceback ->> 'exception_message'
        FROM jobs.pgqueuer_log AS entry
        WHERE entry.job_id = job.id AND entry.traceback IS NOT NULL
        ORDER BY entry.created DESC
        LIMIT 1
    ) AS error_message
FROM jobs.pgqueuer AS job
WHERE job.status = 'failed' AND job.id > :after
ORDER BY job.id
LIMIT :row_limit
