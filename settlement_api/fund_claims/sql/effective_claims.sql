-- Per hospital, month and scheme: the furthest stage's claim, advances paid and prepayments due.
WITH effective AS (
    SELECT *
    FROM fund_document
    WHERE area_code = :area_code
      AND state = 'effective'
      AND month = ANY(CAST(:months AS text[]))
),
claim AS (
    SELECT DISTINCT ON (hospital_id, month, scheme)
        hospital_id, month, scheme, aspect AS stage, amount_minor
    FROM effective
    WHERE kind = 'claim'
    ORDER BY
        hospital_id, month, scheme,
        array_position(ARRAY['cleared', 'settled', 'estimated'], aspect)
),
paid AS (
    SELECT
        hospital_id, month, scheme,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'advance'), 0)::bigint AS advance_minor,
        coalesce(sum(amount_minor) FILTER (WHERE aspect = 'recovery_due'), 0)::bigint
            AS recovery_due_minor
    FROM effective
    WHERE kind <> 'claim'
    GROUP BY hospital_id, month, scheme
)
SELECT
    hospital_id, month, scheme, claim.stage,
    coalesce(claim.amount_minor, 0)::bigint AS claim_minor,
    coalesce(paid.advance_minor, 0)::bigint AS advance_minor,
    coalesce(paid.recovery_due_minor, 0)::bigint AS recovery_due_minor
FROM claim
FULL JOIN paid USING (hospital_id, month, scheme)
ORDER BY hospital_id, month, scheme
