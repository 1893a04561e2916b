-- Up to which day is each agency account of the area covered by statements, and since which day has
-- the bank been asked to pay from it?
SELECT account.id, account.account_ciphertext, account.key_id, account.account_blind_index,
    account.valid_from,
    max(statement.to_date) AS covered_to_date,
    (
        SELECT min(submission.execution_date)
        FROM submission
        WHERE submission.area_code = account.area_code
          AND submission.agency_account_id = account.id AND submission.sent_at IS NOT NULL
    ) AS first_paid_date
FROM agency_account AS account
LEFT JOIN bank_statement AS statement
    ON statement.area_code = account.area_code AND statement.agency_account_id = account.id
WHERE account.area_code = :area_code
  AND (CAST(:agency_account_id AS uuid) IS NULL
      OR account.id = CAST(:agency_account_id AS uuid))
GROUP BY account.area_code, account.id, account.account_ciphertext, account.key_id, account.account_blind_index,
    account.valid_from
ORDER BY account.id
