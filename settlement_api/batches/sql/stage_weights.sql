-- What each scheme's fund owes each hospital, month by month: the weights of scheme shares.
WITH claim AS (
    SELECT DISTINCT ON (hospital_id, month, scheme) hospital_id, month, scheme, amount_minor
    FROM fund_document
    WHERE area_code = :area_code
      AND state = 'effective'
      AND kind = 'claim'
    ORDER BY
        hospital_id, month, scheme,
        array_position(ARRAY['cleared', 'settled', 'estimated'], aspect)
)
INSERT INTO claim_weight (hospital_id, month, whole, employee)
SELECT
    hospital_id, month,
    sum(amount_minor),
    coalesce(sum(amount_minor) FILTER (WHERE scheme = '310'), 0)
FROM claim
GROUP BY hospital_id, month
