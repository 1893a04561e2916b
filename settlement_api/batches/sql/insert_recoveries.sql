-- Per hospital: what the batch pays for it, what its claim covers and what is short.
INSERT INTO batch_recovery (
    area_code, payment_batch_id, hospital_id, cash_minor, planned_recovery_minor, shortfall_minor
)
SELECT
    :area_code, :batch_id, hospital_id,
    sum(cash_minor)::bigint,
    sum(recovery_minor)::bigint,
    sum(cash_minor - recovery_minor)::bigint
FROM eligible_share
WHERE cash_minor > 0
GROUP BY hospital_id
ORDER BY hospital_id
RETURNING hospital_id, planned_recovery_minor
