-- Which of these attempts may not be paid today, and why? The rules are those of freeze and release:
-- every hospital's mandate in force, the payee's account not blocked since, and no share of it in
-- another payment that is in conflict and may have paid it. Items are looked up payment by payment:
-- tables just filled are taken for small ones, and read from end to end for every attempt.
WITH disputed AS MATERIALIZED (
    SELECT part.payable_share_id, other.payment_id
    FROM payment_attempt AS other
    CROSS JOIN LATERAL (
        SELECT item.payable_share_id
        FROM payment_item AS item
        WHERE item.area_code = :area_code AND item.payment_id = other.payment_id
        OFFSET 0
    ) AS part
    WHERE other.area_code = :area_code AND other.outcome = 'conflict'
),
asked AS MATERIALIZED (
    SELECT attempt.id, attempt.payment_id,
        coalesce(payee.verification_state IN ('frozen', 'unverified'), false) AS is_blocked
    FROM payment_attempt AS attempt
    JOIN payment ON payment.area_code = :area_code AND payment.id = attempt.payment_id
    LEFT JOIN payee_account AS payee ON payee.id = payment.payee_account_id
    WHERE attempt.area_code = :area_code AND attempt.id = ANY(:attempt_ids)
),
part AS MATERIALIZED (
    SELECT asked.id, asked.payment_id, paid.payable_share_id, paid.hospital_id
    FROM asked
    CROSS JOIN LATERAL (
        SELECT item.payable_share_id, item.hospital_id
        FROM payment_item AS item
        WHERE item.area_code = :area_code AND item.payment_id = asked.payment_id
        OFFSET 0
    ) AS paid
),
judged AS (
    SELECT asked.id, asked.is_blocked,
        asked.id IN (
            SELECT part.id
            FROM part
            JOIN disputed
                ON disputed.payable_share_id = part.payable_share_id
                AND disputed.payment_id <> part.payment_id
        ) AS in_conflict,
        asked.id IN (
            SELECT part.id
            FROM part
            WHERE part.hospital_id NOT IN (SELECT unnest(CAST(:mandated AS uuid[])))
        ) AS is_unmandated
    FROM asked
)
SELECT id,
    CASE
        WHEN in_conflict THEN 'payment_in_conflict'
        WHEN is_blocked THEN 'account_blocked'
        ELSE 'mandate_ended'
    END AS reason
FROM judged
WHERE in_conflict OR is_blocked OR is_unmandated
