-- Do the vouchers of each side debit and credit what the ledger did, up to the posting that they
-- are issued to? Of a hospital and its suppliers by pair, of the fund by account. What is owed here
-- is receivable there: a supplier debits what the ledger credits.
WITH answers (side, account_kind, role) AS (
    VALUES ('hospital', 'owed', 'supplier_payable'), ('supplier', 'owed', 'hospital_receivable'),
        ('fund', 'advance', 'hospital_advance'), ('fund', 'in_transit', 'in_transit'),
        ('fund', 'bank', 'expenditure_bank'), ('fund', 'suspense', 'suspense')
),
leg AS (
    SELECT transfer.area_code, transfer.ledger_id, transfer.posting_number,
        side.account_id, side.debit_minor, side.credit_minor
    FROM transfer
    CROSS JOIN LATERAL (
        VALUES (transfer.debit_account_id, transfer.amount_minor, 0),
            (transfer.credit_account_id, 0, transfer.amount_minor)
    ) AS side (account_id, debit_minor, credit_minor)
    WHERE transfer.state = 'posted'
),
booked AS (
    SELECT leg.area_code, answers.side, answers.role, leg.ledger_id,
        CASE WHEN answers.side = 'supplier' THEN account.counterparty_id
            WHEN account.account_kind <> 'bank' THEN account.party_id END AS one_id,
        CASE answers.side WHEN 'hospital' THEN account.counterparty_id
            WHEN 'supplier' THEN account.party_id END AS other_id,
        sum(CASE WHEN answers.side = 'supplier' THEN leg.credit_minor ELSE leg.debit_minor END)
            AS debit_minor,
        sum(CASE WHEN answers.side = 'supplier' THEN leg.debit_minor ELSE leg.credit_minor END)
            AS credit_minor
    FROM voucher_head AS head
    JOIN leg
        ON leg.area_code = head.area_code AND leg.ledger_id = head.id
        AND leg.posting_number <= head.through_number
    JOIN ledger_account AS account
        ON account.area_code = leg.area_code AND account.id = leg.account_id
    JOIN answers ON answers.account_kind = account.account_kind
    GROUP BY 1, 2, 3, 4, 5, 6
),
entered AS (
    SELECT line.area_code, line.side, line.role, voucher.ledger_id,
        coalesce(line.hospital_id, line.supplier_id, CASE line.role
            WHEN 'hospital_advance' THEN line.partner_id
            WHEN 'expenditure_bank' THEN NULL
            ELSE CAST('00000000-0000-0000-0000-000000000000' AS uuid)
        END) AS one_id,
        CASE WHEN line.side <> 'fund' THEN line.partner_id END AS other_id,
        sum(line.debit_minor) AS debit_minor, sum(line.credit_minor) AS credit_minor
    FROM voucher_line AS line
    JOIN voucher ON voucher.area_code = line.area_code AND voucher.id = line.voucher_id
    JOIN answers ON answers.side = line.side AND answers.role = line.role
    GROUP BY 1, 2, 3, 4, 5, 6
),
compared AS (
    SELECT coalesce(booked.area_code, entered.area_code) AS area_code,
        coalesce(booked.side, entered.side) || ' ' || coalesce(booked.role, entered.role) AS what,
        coalesce(booked.debit_minor, 0) AS debit_minor,
        (coalesce(booked.debit_minor, 0), coalesce(booked.credit_minor, 0))
            IS DISTINCT FROM (coalesce(entered.debit_minor, 0), coalesce(entered.credit_minor, 0))
            AS differs
    FROM booked
    FULL JOIN entered
        ON entered.area_code = booked.area_code AND entered.side = booked.side
        AND entered.role = booked.role AND entered.ledger_id = booked.ledger_id
        AND coalesce(entered.one_id::text, '') = coalesce(booked.one_id::text, '')
        AND coalesce(entered.other_id::text, '') = coalesce(booked.other_id::text, '')
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE differs)::bigint AS broken, sum(debit_minor)::bigint AS figure_minor,
    min(what) FILTER (WHERE differs) AS sample
FROM compared
GROUP BY area_code
