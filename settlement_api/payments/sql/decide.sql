-- Moves our decision about attempts, given by id or by message, from one state to the next.
WITH chosen AS MATERIALIZED (
    SELECT unnest(CAST(:ids AS uuid[])) AS id
    UNION ALL
    SELECT id
    FROM payment_attempt
    WHERE area_code = :area_code AND submission_id = CAST(:submission_id AS uuid)
      AND CAST(:ids AS uuid[]) IS NULL
)
UPDATE payment_attempt AS attempt
SET decision_state = :target,
    submission_id = CASE
        WHEN :target = 'approved' THEN NULL
        ELSE coalesce(CAST(:submission_id AS uuid), attempt.submission_id)
    END,
    version = attempt.version + 1
FROM chosen
WHERE attempt.area_code = :area_code AND attempt.id = chosen.id
  AND attempt.decision_state = :current
