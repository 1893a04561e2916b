-- Charges that name an order, and what charges of the same kind for that order come before each: by
-- day and number, as all are laid. One that another claim on its number keeps out takes no room.
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
)
SELECT
    charge.id,
    charge.key_no AS pool,
    (array_position(:charge_kinds, charge.charge_kind) - 1)::smallint AS kind,
    hashtextextended(charge.order_number, 0) AS order_number,
    (coalesce(earlier.amount, 0) + coalesce(charge.drafted, 0))::bigint AS before
FROM charge
LEFT JOIN LATERAL (
    SELECT sum(greatest(line.total_minor - coalesce(credited.amount, 0), 0)) AS amount
    FROM invoice_line AS line
    LEFT JOIN LATERAL (
        SELECT sum(note.total_minor) AS amount
        FROM invoice_line AS note
        WHERE note.area_code = (SELECT current_setting('app.area_code'))
          AND note.supplier_id = line.supplier_id
          AND note.blue_invoice_number = line.invoice_number
          AND note.hospital_id = line.hospital_id
          AND note.charge_kind <> 'goods'
          AND note.document_kind = 'credit_note'
          AND note.state = 'effective'
          AND (
                coalesce(note.quantity_milli, 0) = 0
                OR (note.unit, note.unit_factor_known)
                    IS NOT DISTINCT FROM (line.unit, line.unit_factor_known)
            )
          AND line.line_number = coalesce(
                note.blue_line_number,
                (
                    SELECT min(first.line_number)
                    FROM invoice_line AS first
                    WHERE first.area_code = (SELECT current_setting('app.area_code'))
                      AND first.supplier_id = line.supplier_id
                      AND first.invoice_number = line.invoice_number
                      AND first.hospital_id = line.hospital_id
                      AND first.charge_kind <> 'goods'
                      AND first.document_kind = 'invoice'
                      AND first.state = 'effective'
                )
            )
    ) AS credited ON true
    WHERE line.area_code = (SELECT current_setting('app.area_code'))
      AND line.hospital_id = charge.hospital_id
      AND line.supplier_id = charge.supplier_id
      AND line.order_number = charge.order_number
      AND line.charge_kind = charge.charge_kind
      AND line.charge_kind <> 'goods'
      AND line.document_kind = 'invoice'
      AND line.state = 'effective'
      AND (charge.drafted IS NULL OR line.invoice_number <> charge.invoice_number)
      AND (line.invoice_date, line.invoice_number COLLATE "C", line.line_number)
          < (charge.invoice_date, charge.invoice_number COLLATE "C", charge.line_number)
      AND NOT EXISTS (
          SELECT
          FROM invoice_registry
          WHERE invoice_registry.invoice_key = line.invoice_number
            AND invoice_registry.flag IS NOT NULL
      )
) AS earlier ON true
ORDER BY
    charge.invoice_date, charge.invoice_number COLLATE "C", charge.line_number, charge.key_no
