-- Which of these attempts may not be paid today, and why? The rules are those of the release: every
-- hospital's mandate in force, the payee's account not blocked since.
SELECT attempt.id,
    CASE
        WHEN payee.verification_state IN ('frozen', 'unverified') THEN 'account_blocked'
        ELSE 'mandate_ended'
    END AS reason
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
LEFT JOIN payee_account AS payee ON payee.id = payment.payee_account_id
WHERE attempt.area_code = :area_code AND attempt.id = ANY(:attempt_ids)
  AND (
      payee.verification_state IN ('frozen', 'unverified')
      OR EXISTS (
          SELECT 1 FROM payment_item AS item
          WHERE item.area_code = payment.area_code AND item.payment_id = payment.id
            AND item.hospital_id <> ALL(CAST(:mandated AS uuid[]))
      )
  )
