-- What do postings since the last vouchers mean in the books of each side? One voucher for an
-- owner, posting, basis and day, numbered on in its owner's series; equal accounts in one line.
WITH rule AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:rules AS jsonb)) AS row (
        plan_code text, valid_from date, valid_before date, side text, book text, debit_kind text,
        credit_kind text, entry_class text, account_code text, role text, partner_kind text,
        is_debit boolean
    )
),
-- Read out before rules are laid to it: freshly written tables are estimated as empty, and rules
-- would be tried against every account.
moved AS MATERIALIZED (
    SELECT transfer.ledger_id, ledger.book, ledger.scheme, transfer.posting_number,
        transfer.basis_kind, transfer.basis_id, transfer.period, transfer.booking_date,
        debit.account_kind AS debit_kind, credit.account_kind AS credit_kind,
        CASE
            WHEN debit.account_kind <> 'bank' AND debit.party_id <> CAST(:nil AS uuid)
                THEN debit.party_id
            WHEN credit.account_kind <> 'bank' AND credit.party_id <> CAST(:nil AS uuid)
                THEN credit.party_id
        END AS hospital_id,
        CASE
            WHEN debit.counterparty_id <> CAST(:nil AS uuid) THEN debit.counterparty_id
            WHEN credit.counterparty_id <> CAST(:nil AS uuid) THEN credit.counterparty_id
        END AS supplier_id,
        transfer.amount_minor
    FROM unnest(
        CAST(:ledger_ids AS uuid[]), CAST(:after AS bigint[]), CAST(:upto AS bigint[])
    ) AS cut (ledger_id, after, upto)
    JOIN ledger ON ledger.area_code = :area_code AND ledger.id = cut.ledger_id
    JOIN transfer
        ON transfer.area_code = :area_code AND transfer.ledger_id = cut.ledger_id
        AND transfer.posting_number > cut.after AND transfer.posting_number <= cut.upto
        AND transfer.state = 'posted'
    JOIN ledger_account AS debit
        ON debit.area_code = :area_code AND debit.id = transfer.debit_account_id
    JOIN ledger_account AS credit
        ON credit.area_code = :area_code AND credit.id = transfer.credit_account_id
),
owned AS (
    SELECT moved.*, rule.side, rule.plan_code, rule.entry_class, rule.account_code, rule.role,
        rule.partner_kind, rule.is_debit,
        CASE rule.side
            WHEN 'hospital' THEN moved.hospital_id
            WHEN 'supplier' THEN moved.supplier_id
            ELSE CAST(:nil AS uuid)
        END AS owner_id,
        CASE rule.partner_kind
            WHEN 'hospital' THEN moved.hospital_id
            WHEN 'supplier' THEN moved.supplier_id
        END AS partner_id
    FROM moved
    JOIN rule
        ON rule.book = moved.book AND rule.debit_kind = moved.debit_kind
        AND rule.credit_kind = moved.credit_kind
        AND moved.booking_date >= rule.valid_from
        AND (rule.valid_before IS NULL OR moved.booking_date < rule.valid_before)
),
summed AS (
    SELECT owned.side, owned.owner_id, owned.ledger_id, owned.scheme, owned.posting_number,
        owned.basis_kind, owned.basis_id, owned.period, owned.booking_date, owned.plan_code,
        owned.entry_class, owned.account_code, owned.role, owned.partner_kind, owned.partner_id,
        owned.is_debit, sum(owned.amount_minor)::bigint AS amount_minor, uuidv7() AS line_id
    FROM owned
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
),
-- A voucher's id is that of its first line: lines know theirs without a join.
line AS MATERIALIZED (
    SELECT summed.*,
        first_value(summed.line_id) OVER of_voucher AS voucher_id,
        row_number() OVER of_voucher AS line_number
    FROM summed
    WINDOW of_voucher AS (
        PARTITION BY summed.side, summed.owner_id, summed.ledger_id, summed.posting_number,
            summed.basis_kind, summed.basis_id, summed.booking_date
        ORDER BY summed.entry_class DESC, summed.is_debit DESC, summed.account_code,
            summed.partner_id
    )
),
grouped AS (
    SELECT line.voucher_id, line.side, line.owner_id, line.ledger_id, line.scheme,
        line.posting_number, line.basis_kind, line.basis_id, line.period, line.booking_date,
        line.plan_code,
        sum(line.amount_minor) FILTER (
            WHERE line.is_debit AND line.entry_class = 'financial'
        )::bigint AS total_minor
    FROM line
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
),
series AS (
    SELECT voucher.side, coalesce(voucher.hospital_id, voucher.supplier_id, CAST(:nil AS uuid))
            AS owner_id,
        voucher.ledger_id, voucher.period, max(voucher.voucher_number) AS last_number
    FROM voucher
    WHERE voucher.area_code = :area_code
      AND voucher.period IN (SELECT line.period FROM line)
    GROUP BY 1, 2, 3, 4
),
issued AS (
    INSERT INTO voucher (area_code, id, side, hospital_id, supplier_id, ledger_id, scheme,
        posting_number, basis_kind, basis_id, period, voucher_date, voucher_number, plan_code,
        total_minor, issued_at)
    SELECT :area_code, grouped.voucher_id, grouped.side,
        CASE WHEN grouped.side = 'hospital' THEN grouped.owner_id END,
        CASE WHEN grouped.side = 'supplier' THEN grouped.owner_id END,
        grouped.ledger_id, grouped.scheme, grouped.posting_number, grouped.basis_kind,
        grouped.basis_id, grouped.period, grouped.booking_date,
        coalesce(series.last_number, 0) + row_number() OVER (
            PARTITION BY grouped.side, grouped.owner_id, grouped.ledger_id, grouped.period
            ORDER BY grouped.posting_number, grouped.booking_date, grouped.basis_kind,
                grouped.basis_id
        ),
        grouped.plan_code, grouped.total_minor, :at
    FROM grouped
    LEFT JOIN series
        ON series.side = grouped.side AND series.owner_id = grouped.owner_id
        AND series.ledger_id = grouped.ledger_id AND series.period = grouped.period
    RETURNING id
),
lined AS (
    INSERT INTO voucher_line (area_code, id, voucher_id, line_number, side, hospital_id,
        supplier_id, entry_class, account_code, role, partner_kind, partner_id, debit_minor,
        credit_minor)
    SELECT :area_code, line.line_id, line.voucher_id, line.line_number, line.side,
        CASE WHEN line.side = 'hospital' THEN line.owner_id END,
        CASE WHEN line.side = 'supplier' THEN line.owner_id END,
        line.entry_class, line.account_code, line.role, line.partner_kind, line.partner_id,
        CASE WHEN line.is_debit THEN line.amount_minor ELSE 0 END,
        CASE WHEN line.is_debit THEN 0 ELSE line.amount_minor END
    FROM line
    RETURNING id
)
SELECT (SELECT count(*) FROM issued) AS vouchers, (SELECT count(*) FROM lined) AS lines
