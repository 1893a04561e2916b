-- How much of a scheme's money at the bank is not already on its way to somebody?
SELECT coalesce(sum(
    CASE account.account_kind
        WHEN 'bank' THEN latest.posted_debit_minor - latest.posted_credit_minor
        ELSE latest.posted_debit_minor + latest.pending_debit_minor
            - latest.posted_credit_minor - latest.pending_credit_minor
    END
), 0)::bigint AS spendable_minor
FROM ledger
JOIN ledger_account AS account
    ON account.area_code = ledger.area_code AND account.ledger_id = ledger.id
JOIN LATERAL (
    SELECT * FROM account_balance AS row
    WHERE row.area_code = account.area_code AND row.account_id = account.id
    ORDER BY row.posting_number DESC
    LIMIT 1
) AS latest ON true
WHERE ledger.area_code = :area_code AND ledger.book = 'fund' AND ledger.scheme = :scheme
  AND (
      account.account_kind = 'in_transit'
      OR account.account_kind = 'bank'
      AND (CAST(:agency_account_id AS uuid) IS NULL
          OR account.party_id = CAST(:agency_account_id AS uuid))
  )
