-- How did the accounts of a book stand at an instant (or now), by their last row not later?
SELECT account.id AS account_id, ledger.book, ledger.scheme, account.account_kind, account.party_id,
    account.counterparty_id, latest.posting_number, latest.posted_at,
    latest.posted_debit_minor, latest.posted_credit_minor,
    latest.pending_debit_minor, latest.pending_credit_minor
FROM ledger
JOIN ledger_account AS account
    ON account.area_code = ledger.area_code AND account.ledger_id = ledger.id
JOIN LATERAL (
    SELECT * FROM account_balance AS row
    WHERE row.area_code = account.area_code AND row.account_id = account.id
      AND (CAST(:at AS timestamptz) IS NULL OR row.posted_at <= CAST(:at AS timestamptz))
    ORDER BY row.posting_number DESC
    LIMIT 1
) AS latest ON true
WHERE ledger.area_code = :area_code
  AND (CAST(:book AS text) IS NULL OR ledger.book = CAST(:book AS text))
  AND (CAST(:scheme AS text) IS NULL OR ledger.scheme = CAST(:scheme AS text))
  AND (CAST(:account_kind AS text) IS NULL OR account.account_kind = CAST(:account_kind AS text))
  AND (CAST(:party_id AS uuid) IS NULL OR account.party_id = CAST(:party_id AS uuid))
  AND (CAST(:after AS uuid) IS NULL OR account.id > CAST(:after AS uuid))
ORDER BY account.id
LIMIT CAST(:row_limit AS bigint)
