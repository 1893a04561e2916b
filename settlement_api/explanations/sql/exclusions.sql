-- What batches left out of these application lines, and why.
SELECT exclusion.payment_batch_id, exclusion.application_line_id, exclusion.payable_share_id,
    exclusion.reason, exclusion.amount_minor, count(*) OVER () AS total
FROM batch_exclusion AS exclusion
WHERE exclusion.area_code = ANY(CAST(:areas AS text[]))
  AND exclusion.application_line_id = ANY(CAST(:ids AS uuid[]))
ORDER BY exclusion.id
LIMIT :most
