-- Names of people, and whose people they are.
SELECT account.id, account.display_name, account.hospital_id, account.supplier_id
FROM user_account AS account
WHERE account.id = ANY(CAST(:ids AS uuid[]))
