-- What waits, at one moment: jobs in the queue by name and status, then (no name) events not yet
-- sealed. In one statement, as a sealed event becomes jobs and a job ends in events.
SELECT entrypoint AS job, status::text AS status, count(*) AS waiting
FROM jobs.pgqueuer
GROUP BY entrypoint, status
UNION ALL
SELECT NULL, NULL, count(*) FROM outbox_pending
ORDER BY job, status
