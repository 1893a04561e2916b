-- Marks instructions acknowledged, each only once.
UPDATE offset_instruction
SET status = 'acknowledged', acknowledged_by = :user_id, acknowledged_at = :at
WHERE area_code = :area_code
  AND id = ANY(CAST(:instruction_ids AS uuid[]))
  AND status = 'issued'
RETURNING id, payment_batch_id, amount_minor
