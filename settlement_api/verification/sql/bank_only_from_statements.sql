-- Is every transfer of a bank account based on a statement's entry, with its amount and side?
WITH moved AS (
    SELECT transfer.area_code, transfer.id, transfer.basis_kind, transfer.basis_id,
        transfer.amount_minor, transfer.debit_account_id = account.id AS is_debit,
        account.party_id
    FROM ledger_account AS account
    JOIN transfer
        ON transfer.area_code = account.area_code AND transfer.ledger_id = account.ledger_id
        AND account.id IN (transfer.debit_account_id, transfer.credit_account_id)
    WHERE account.account_kind = 'bank'
),
judged AS (
    SELECT moved.area_code, moved.id, moved.amount_minor,
        CASE moved.basis_kind
            WHEN 'bank_statement_entry' THEN coalesce(
                entry.amount_minor = moved.amount_minor AND entry.is_credit = moved.is_debit
                    AND entry.agency_account_id = moved.party_id, false)
            WHEN 'bank_statement' THEN opening.opening_confirmed_by IS NOT NULL
            ELSE false
        END AS founded
    FROM moved
    LEFT JOIN statement_entry AS entry
        ON entry.area_code = moved.area_code AND entry.id = moved.basis_id
    LEFT JOIN bank_statement AS opening
        ON opening.area_code = moved.area_code AND opening.id = moved.basis_id
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE NOT founded)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(id::text) FILTER (WHERE NOT founded) AS sample
FROM judged
GROUP BY area_code
