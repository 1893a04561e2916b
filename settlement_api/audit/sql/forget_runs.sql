-- Forgets runs of a month ago, in real time, of jobs that are no longer in the queue.
DELETE FROM jobs.pgqueuer_log AS entry
WHERE entry.created < clock_timestamp() - interval '30 days'
  AND NOT EXISTS (SELECT FROM jobs.pgqueuer AS job WHERE job.id = entry.job_id)
