-- Jobs in the queue by name and status.
SELECT entrypoint AS job, status::text AS status, count(*) AS job_count
FROM jobs.pgqueuer
GROUP BY entrypoint, status
ORDER BY entrypoint, status
