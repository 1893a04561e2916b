-- Charges that name an order, and what charges of the same kind for that order come before each: by
-- day and number, as all are laid. One that another claim on its number keeps out takes no room.
-- Windows over one set and no joins: the work grows with the charges, not with their square.
WITH charge AS (
    SELECT
        line.id, match_key.key_no, match_key.hospital_id, match_key.supplier_id,
        line.charge_kind, line.order_number, line.invoice_date, line.invoice_number,
        line.line_number, CAST(NULL AS bigint) AS drafted
    FROM match_key
    CROSS JOIN LATERAL (
        SELECT *
        FROM invoice_line AS own
        WHERE own.area_code = (SELECT current_setting('app.area_code'))
          AND own.supplier_id = match_key.supplier_id
          AND own.invoice_number = substr(match_key.component_code, 8)
          AND own.hospital_id = match_key.hospital_id
          AND own.charge_kind <> 'goods'
          AND own.document_kind = 'invoice'
          AND own.order_number IS NOT NULL
          AND own.state = 'effective'
        :fence
    ) AS line
    WHERE starts_with(match_key.component_code, 'charge:')
    UNION ALL
    SELECT
        match_charge.id, match_key.key_no, match_key.hospital_id, match_key.supplier_id,
        match_charge.charge_kind, match_charge.order_number, match_charge.invoice_date,
        match_charge.invoice_number, match_charge.line_number,
        sum(match_charge.amount) OVER (
            PARTITION BY match_key.key_no, match_charge.charge_kind, match_charge.order_number
            ORDER BY match_charge.line_number
        ) - match_charge.amount
    FROM match_charge
    JOIN match_key ON match_key.key_no = match_charge.key_no
),
asked AS (
    SELECT DISTINCT hospital_id, supplier_id, order_number, charge_kind FROM charge
),
line AS (
    -- The fences look each up by index: no plan may read all charges for a few.
    SELECT
        asked.hospital_id, asked.supplier_id, asked.order_number, asked.charge_kind,
        laid.invoice_date, laid.invoice_number, laid.line_number, laid.unit,
        laid.unit_factor_known, laid.total_minor, registry.flag
    FROM asked
    CROSS JOIN LATERAL (
        SELECT *
        FROM invoice_line AS own
        WHERE own.area_code = (SELECT current_setting('app.area_code'))
          AND own.hospital_id = asked.hospital_id
          AND own.supplier_id = asked.supplier_id
          AND own.order_number = asked.order_number
          AND own.charge_kind = asked.charge_kind
          AND own.charge_kind <> 'goods'
          AND own.document_kind = 'invoice'
          AND own.state = 'effective'
        OFFSET 0
    ) AS laid
    LEFT JOIN LATERAL (
        SELECT invoice_registry.flag
        FROM invoice_registry
        WHERE invoice_registry.invoice_key = laid.invoice_number
        OFFSET 0
    ) AS registry ON true
),
note AS (
    -- A note that names no line takes from the first charge of its invoice, looked up once.
    SELECT
        invoice.hospital_id, invoice.supplier_id, invoice.invoice_number,
        coalesce(own.blue_line_number, first.line_number) AS line_number,
        own.unit, own.unit_factor_known, own.total_minor,
        coalesce(own.quantity_milli, 0) = 0 AS of_price
    FROM (SELECT DISTINCT hospital_id, supplier_id, invoice_number FROM line) AS invoice
    CROSS JOIN LATERAL (
        SELECT min(blue.line_number) AS line_number
        FROM invoice_line AS blue
        WHERE blue.area_code = (SELECT current_setting('app.area_code'))
          AND blue.supplier_id = invoice.supplier_id
          AND blue.invoice_number = invoice.invoice_number
          AND blue.hospital_id = invoice.hospital_id
          AND blue.charge_kind <> 'goods'
          AND blue.document_kind = 'invoice'
          AND blue.state = 'effective'
          AND EXISTS (
              SELECT
              FROM invoice_line AS nameless
              WHERE nameless.area_code = (SELECT current_setting('app.area_code'))
                AND nameless.supplier_id = invoice.supplier_id
                AND nameless.blue_invoice_number = invoice.invoice_number
                AND nameless.charge_kind <> 'goods'
                AND nameless.blue_line_number IS NULL
              OFFSET 0
          )
    ) AS first
    CROSS JOIN LATERAL (
        SELECT *
        FROM invoice_line AS credit
        WHERE credit.area_code = (SELECT current_setting('app.area_code'))
          AND credit.supplier_id = invoice.supplier_id
          AND credit.blue_invoice_number = invoice.invoice_number
          AND credit.hospital_id = invoice.hospital_id
          AND credit.charge_kind <> 'goods'
          AND credit.document_kind = 'credit_note'
          AND credit.state = 'effective'
        OFFSET 0
    ) AS own
),
credited AS (
    SELECT
        *,
        coalesce(sum(note_minor) FILTER (WHERE of_price) OVER (
            PARTITION BY hospital_id, supplier_id, invoice_number, line_number
        ), 0)
        + coalesce(sum(note_minor) FILTER (WHERE NOT of_price) OVER (
            PARTITION BY
                hospital_id, supplier_id, invoice_number, line_number, unit, unit_factor_known
        ), 0) AS taken
    FROM (
        SELECT
            hospital_id, supplier_id, order_number, charge_kind, invoice_date, invoice_number,
            line_number, unit, unit_factor_known, total_minor, flag,
            CAST(NULL AS bigint) AS note_minor, CAST(NULL AS boolean) AS of_price
        FROM line
        UNION ALL
        SELECT
            hospital_id, supplier_id, NULL, NULL, NULL, invoice_number,
            line_number, unit, unit_factor_known, NULL, NULL,
            total_minor, of_price
        FROM note
    ) AS entry
),
placed AS (
    -- A draft stands before the lines of its day and number: what has its number already is what
    -- it would replace, and takes no room from it.
    SELECT
        *,
        sum(amount) OVER (
            PARTITION BY hospital_id, supplier_id, order_number, charge_kind
            ORDER BY invoice_date, invoice_number COLLATE "C", place
            GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS earlier,
        sum(amount) OVER (
            PARTITION BY hospital_id, supplier_id, order_number, charge_kind, invoice_number
            ORDER BY invoice_date, place
            GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS replaced
    FROM (
        SELECT
            id, key_no, hospital_id, supplier_id, order_number, charge_kind, invoice_date,
            invoice_number, line_number, drafted, CAST(0 AS bigint) AS amount,
            CASE WHEN drafted IS NULL THEN line_number ELSE 0 END AS place
        FROM charge
        UNION ALL
        SELECT
            NULL, NULL, hospital_id, supplier_id, order_number, charge_kind, invoice_date,
            invoice_number, line_number, NULL,
            CASE WHEN flag IS NULL THEN greatest(total_minor - taken, 0) ELSE 0 END,
            line_number
        FROM credited
        WHERE order_number IS NOT NULL
    ) AS entry
)
SELECT
    id,
    key_no AS pool,
    (array_position(:charge_kinds, charge_kind) - 1)::smallint AS kind,
    hashtextextended(order_number, 0) AS order_number,
    (
        coalesce(earlier, 0)
        + CASE WHEN drafted IS NULL THEN 0 ELSE drafted - coalesce(replaced, 0) END
    )::bigint AS before
FROM placed
WHERE key_no IS NOT NULL
ORDER BY invoice_date, invoice_number COLLATE "C", line_number, key_no
