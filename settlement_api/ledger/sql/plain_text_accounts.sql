-- Which accounts has an area, for whom, and how did the running balances of each stand?
-- An agency keeps one account a scheme at a time: its code and the first day name an account.
SELECT account.id, ledger.book, ledger.scheme, account.account_kind,
    account.party_id, account.counterparty_id,
    coalesce(hospital.hospital_code, agency.code || '-' || agency_account.valid_from) AS party_code,
    coalesce(hospital.name, agency.name) AS party_name,
    supplier.uscc AS counterparty_code, supplier.name AS counterparty_name,
    latest.posting_number, latest.posted_debit_minor, latest.posted_credit_minor,
    latest.pending_debit_minor, latest.pending_credit_minor
FROM ledger
JOIN ledger_account AS account
    ON account.area_code = ledger.area_code AND account.ledger_id = ledger.id
LEFT JOIN hospital
    ON hospital.area_code = account.area_code AND hospital.id = account.party_id
LEFT JOIN agency_account
    ON agency_account.area_code = account.area_code AND agency_account.id = account.party_id
LEFT JOIN agency
    ON agency.area_code = agency_account.area_code AND agency.id = agency_account.agency_id
LEFT JOIN supplier ON supplier.id = account.counterparty_id
LEFT JOIN LATERAL (
    SELECT * FROM account_balance AS row
    WHERE row.area_code = account.area_code AND row.account_id = account.id
      AND (CAST(:before AS timestamptz) IS NULL OR row.posted_at < CAST(:before AS timestamptz))
    ORDER BY row.posting_number DESC
    LIMIT 1
) AS latest ON true
WHERE ledger.area_code = :area_code
ORDER BY ledger.book, ledger.scheme, account.account_kind, account.id
