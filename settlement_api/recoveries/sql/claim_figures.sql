-- The identity of each hospital's claim of these months, and prepayments granted in them.
SELECT capacity.id, capacity.hospital_id, capacity.scheme, capacity.month,
    coalesce(sum(granted.amount_minor), 0)::bigint AS prepaid_minor
FROM claim_capacity AS capacity
LEFT JOIN fund_document AS granted
    ON granted.area_code = capacity.area_code AND granted.hospital_id = capacity.hospital_id
    AND granted.scheme = capacity.scheme AND granted.month = capacity.month
    AND granted.kind = 'prepayment' AND granted.aspect = 'granted'
    AND granted.state = 'effective'
WHERE capacity.area_code = :area_code AND capacity.month = ANY(CAST(:months AS text[]))
GROUP BY capacity.id, capacity.hospital_id, capacity.scheme, capacity.month
ORDER BY capacity.hospital_id, capacity.scheme, capacity.month
