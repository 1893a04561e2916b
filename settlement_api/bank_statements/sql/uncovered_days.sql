-- Up to which day is each agency account of the area covered by statements?
SELECT account.id, account.account_ciphertext, account.key_id, account.account_blind_index,
    account.valid_from,
    max(statement.to_date) AS covered_to_date
FROM agency_account AS account
LEFT JOIN bank_statement AS statement
    ON statement.area_code = account.area_code AND statement.agency_account_id = account.id
WHERE account.area_code = :area_code
  AND (CAST(:agency_account_id AS uuid) IS NULL
      OR account.id = CAST(:agency_account_id AS uuid))
GROUP BY account.id, account.account_ciphertext, account.key_id, account.account_blind_index,
    account.valid_from
ORDER BY account.id
