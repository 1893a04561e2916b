-- Accepted corrections whose original has no fixed shares yet: left out whole, until it has.
INSERT INTO eligible_share (
    line_id, hospital_id, supplier_id, open_minor, rank, reason
)
SELECT line.id, line.hospital_id, line.supplier_id, line.amount_minor, 0, 'original_pending'
FROM application_line AS line
WHERE line.area_code = :area_code
  AND line.status = 'accepted'
  AND NOT line.shares_fixed
  AND line.accepted_at <= :cutoff_at
