-- Ends the case of an entry whose money people have out of suspense by their word about its payment:
-- what they did not believe is believed again. Theirs is the word of the correction.
UPDATE suspense_case
SET status = 'resolved', resolution = :resolution, attempt_id = NULL,
    attempt_ids = CAST(:attempt_ids AS uuid[]), note = decision.reason,
    proposed_by = decision.proposed_by, confirmed_by = decision.confirmed_by, resolved_at = :at
FROM (
    SELECT reason, proposed_by, confirmed_by
    FROM payment_decision
    WHERE area_code = :area_code AND attempt_id = :attempt_id AND kind = 'disbelieved'
      AND about = CAST(:evidence_ids AS uuid[]) AND confirmed_by IS NOT NULL
    ORDER BY confirmed_at DESC
    LIMIT 1
) AS decision
WHERE suspense_case.area_code = :area_code
  AND suspense_case.statement_entry_id = :statement_entry_id
  AND suspense_case.status <> 'resolved'
RETURNING suspense_case.id
