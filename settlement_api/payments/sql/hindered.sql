-- Which of these attempts may not be paid today, and why? The rules are those of freeze and release:
-- every hospital's mandate in force, the payee's account not blocked since, and no share of it in
-- another payment that is in conflict and may have paid it.
WITH disputed AS (
    SELECT item.payable_share_id, item.payment_id
    FROM payment_attempt AS other
    JOIN payment_item AS item
        ON item.area_code = other.area_code AND item.payment_id = other.payment_id
    WHERE other.area_code = :area_code AND other.outcome = 'conflict'
),
asked AS (
    SELECT attempt.id, attempt.payment_id,
        EXISTS (
            SELECT 1
            FROM payment_item AS item
            JOIN disputed ON disputed.payable_share_id = item.payable_share_id
            WHERE item.area_code = attempt.area_code AND item.payment_id = attempt.payment_id
              AND disputed.payment_id <> item.payment_id
        ) AS in_conflict
    FROM payment_attempt AS attempt
    WHERE attempt.area_code = :area_code AND attempt.id = ANY(:attempt_ids)
)
SELECT attempt.id,
    CASE
        WHEN attempt.in_conflict THEN 'payment_in_conflict'
        WHEN payee.verification_state IN ('frozen', 'unverified') THEN 'account_blocked'
        ELSE 'mandate_ended'
    END AS reason
FROM asked AS attempt
JOIN payment ON payment.area_code = :area_code AND payment.id = attempt.payment_id
LEFT JOIN payee_account AS payee ON payee.id = payment.payee_account_id
WHERE attempt.in_conflict
      OR payee.verification_state IN ('frozen', 'unverified')
      OR EXISTS (
          SELECT 1 FROM payment_item AS item
          WHERE item.area_code = payment.area_code AND item.payment_id = payment.id
            AND item.hospital_id <> ALL(CAST(:mandated AS uuid[]))
      )
