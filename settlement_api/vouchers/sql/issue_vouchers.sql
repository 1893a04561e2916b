-- What do postings since the last vouchers mean in the books of each side? One voucher for an
-- owner, posting, basis and day, numbered on in its owner's series; equal accounts in one line.
WITH rule AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:rules AS jsonb)) AS row (
        plan_code text, valid_from date, valid_before date, side text, book text, debit_kind text,
        credit_kind text, entry_class text, account_code text, role text, partner_kind text,
        is_debit boolean
    )
),
moved AS (
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
line AS MATERIALIZED (
    SELECT rule.side,
        CASE WHEN rule.side = 'hospital' THEN moved.hospital_id END AS hospital_id,
        CASE WHEN rule.side = 'supplier' THEN moved.supplier_id END AS supplier_id,
        moved.ledger_id, moved.scheme, moved.posting_number, moved.basis_kind, moved.basis_id,
        moved.period, moved.booking_date, rule.plan_code, rule.entry_class, rule.account_code,
        rule.role, rule.partner_kind,
        CASE rule.partner_kind
            WHEN 'hospital' THEN moved.hospital_id
            WHEN 'supplier' THEN moved.supplier_id
        END AS partner_id,
        rule.is_debit, sum(moved.amount_minor)::bigint AS amount_minor
    FROM moved
    JOIN rule
        ON rule.book = moved.book AND rule.debit_kind = moved.debit_kind
        AND rule.credit_kind = moved.credit_kind
        AND moved.booking_date >= rule.valid_from
        AND (rule.valid_before IS NULL OR moved.booking_date < rule.valid_before)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
),
grouped AS (
    SELECT line.side, line.hospital_id, line.supplier_id, line.ledger_id, line.scheme,
        line.posting_number, line.basis_kind, line.basis_id, line.period, line.booking_date,
        line.plan_code,
        sum(line.amount_minor) FILTER (
            WHERE line.is_debit AND line.entry_class = 'financial'
        )::bigint AS total_minor
    FROM line
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
),
series AS (
    SELECT known.side, known.hospital_id, known.supplier_id, known.ledger_id, known.period,
        coalesce((
            SELECT max(voucher.voucher_number) FROM voucher
            WHERE voucher.area_code = :area_code AND voucher.side = known.side
              AND voucher.hospital_id IS NOT DISTINCT FROM known.hospital_id
              AND voucher.supplier_id IS NOT DISTINCT FROM known.supplier_id
              AND voucher.ledger_id = known.ledger_id AND voucher.period = known.period
        ), 0) AS last_number
    FROM (SELECT DISTINCT side, hospital_id, supplier_id, ledger_id, period FROM grouped) AS known
),
numbered AS MATERIALIZED (
    SELECT grouped.*, uuidv7() AS voucher_id,
        series.last_number + row_number() OVER (
            PARTITION BY grouped.side, grouped.hospital_id, grouped.supplier_id,
                grouped.ledger_id, grouped.period
            ORDER BY grouped.posting_number, grouped.booking_date, grouped.basis_kind,
                grouped.basis_id
        ) AS voucher_number
    FROM grouped
    JOIN series
        ON series.side = grouped.side
        AND series.hospital_id IS NOT DISTINCT FROM grouped.hospital_id
        AND series.supplier_id IS NOT DISTINCT FROM grouped.supplier_id
        AND series.ledger_id = grouped.ledger_id AND series.period = grouped.period
),
issued AS (
    INSERT INTO voucher (area_code, id, side, hospital_id, supplier_id, ledger_id, scheme,
        posting_number, basis_kind, basis_id, period, voucher_date, voucher_number, plan_code,
        total_minor, issued_at)
    SELECT :area_code, numbered.voucher_id, numbered.side, numbered.hospital_id,
        numbered.supplier_id, numbered.ledger_id, numbered.scheme, numbered.posting_number,
        numbered.basis_kind, numbered.basis_id, numbered.period, numbered.booking_date,
        numbered.voucher_number, numbered.plan_code, numbered.total_minor, :at
    FROM numbered
    RETURNING id
),
lined AS (
    INSERT INTO voucher_line (area_code, voucher_id, line_number, side, hospital_id, supplier_id,
        entry_class, account_code, role, partner_kind, partner_id, debit_minor, credit_minor)
    SELECT :area_code, numbered.voucher_id,
        row_number() OVER (
            PARTITION BY numbered.voucher_id
            ORDER BY line.entry_class DESC, line.is_debit DESC, line.account_code, line.partner_id
        ),
        line.side, line.hospital_id, line.supplier_id, line.entry_class, line.account_code,
        line.role, line.partner_kind, line.partner_id,
        CASE WHEN line.is_debit THEN line.amount_minor ELSE 0 END,
        CASE WHEN line.is_debit THEN 0 ELSE line.amount_minor END
    FROM line
    JOIN numbered
        ON numbered.side = line.side
        AND numbered.ledger_id = line.ledger_id
        AND numbered.posting_number = line.posting_number
        AND numbered.basis_id = line.basis_id AND numbered.basis_kind = line.basis_kind
        AND numbered.booking_date = line.booking_date
        AND coalesce(numbered.hospital_id, numbered.supplier_id, CAST(:nil AS uuid))
            = coalesce(line.hospital_id, line.supplier_id, CAST(:nil AS uuid))
    RETURNING id
)
SELECT (SELECT count(*) FROM issued) AS vouchers, (SELECT count(*) FROM lined) AS lines
