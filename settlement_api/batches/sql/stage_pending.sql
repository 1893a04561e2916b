-- Accepted lines whose fund shares cannot be fixed yet, left out whole: corrections wait for their
-- original, all others for the claims of their month.
INSERT INTO eligible_share (
    line_id, hospital_id, supplier_id, open_minor, rank, reason
)
SELECT
    line.id, line.hospital_id, line.supplier_id, line.amount_minor, 0,
    CASE
        WHEN payable.adjusts_payable_id IS NULL THEN 'claims_pending'
        ELSE 'original_pending'
    END
FROM application_line AS line
JOIN payable ON payable.area_code = line.area_code AND payable.id = line.payable_id
WHERE line.area_code = :area_code
  AND line.status = 'accepted'
  AND NOT line.shares_fixed
  AND line.accepted_at <= :cutoff_at
