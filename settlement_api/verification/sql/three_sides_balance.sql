-- Do the books of the three sides agree, to the fen? Per payment and hospital: what the fund paid,
-- the suppliers received and the hospital was relieved of. Per hospital and supplier: what is owed
-- here is receivable there. Per hospital: what it owes the fund is what the fund paid for it.
WITH line AS (
    SELECT line.*, voucher.basis_kind, voucher.basis_id,
        line.debit_minor - line.credit_minor AS net_minor
    FROM voucher_line AS line
    JOIN voucher ON voucher.area_code = line.area_code AND voucher.id = line.voucher_id
    WHERE line.entry_class = 'financial'
),
payments AS (
    SELECT area_code, 'payment' AS what, basis_id::text AS subject,
        CASE WHEN side = 'hospital' THEN hospital_id ELSE partner_id END AS hospital_id,
        sum(net_minor) FILTER (
            WHERE side = 'fund' AND role IN ('hospital_advance', 'hospital_deposit')
        ) AS of_fund,
        -sum(net_minor) FILTER (WHERE side = 'supplier' AND role = 'hospital_receivable')
            AS of_supplier,
        sum(net_minor) FILTER (WHERE side = 'hospital' AND role = 'supplier_payable')
            AS of_hospital
    FROM line
    WHERE basis_kind = 'payment_attempt'
      AND role IN ('hospital_advance', 'hospital_deposit', 'hospital_receivable',
          'supplier_payable')
    GROUP BY 1, 2, 3, 4
),
receipts AS (
    SELECT area_code, 'receipt' AS what, basis_id::text AS subject, supplier_id AS party_id,
        sum(net_minor) FILTER (WHERE role = 'cash') AS received,
        -sum(net_minor) FILTER (WHERE role = 'hospital_receivable') AS relieved
    FROM line
    WHERE side = 'supplier' AND basis_kind = 'payment_attempt'
    GROUP BY 1, 2, 3, 4
),
pairs AS (
    SELECT area_code, 'pair' AS what, hospital_id, supplier_id,
        sum(owed_minor) AS owed_minor, sum(receivable_minor) AS receivable_minor
    FROM (
        SELECT area_code, hospital_id, partner_id AS supplier_id, -net_minor AS owed_minor,
            0 AS receivable_minor
        FROM line WHERE side = 'hospital' AND role = 'supplier_payable'
        UNION ALL
        SELECT area_code, partner_id, supplier_id, 0, net_minor
        FROM line WHERE side = 'supplier' AND role = 'hospital_receivable'
    ) AS side
    GROUP BY 1, 2, 3, 4
),
mandates AS (
    SELECT area_code, 'mandate' AS what, hospital_id,
        sum(owed_minor) AS owed_minor, sum(advanced_minor) AS advanced_minor
    FROM (
        SELECT area_code, hospital_id, -net_minor AS owed_minor, 0 AS advanced_minor
        FROM line WHERE side = 'hospital' AND role = 'mandate_debt'
        UNION ALL
        SELECT area_code, partner_id, 0, net_minor
        FROM line WHERE side = 'fund' AND role = 'hospital_advance'
    ) AS side
    GROUP BY 1, 2, 3
),
judged AS (
    SELECT area_code, what, subject, coalesce(of_fund, 0) AS figure,
        coalesce(of_fund, 0) = coalesce(of_supplier, 0)
            AND coalesce(of_fund, 0) = coalesce(of_hospital, 0) AS agrees
    FROM payments
    UNION ALL
    SELECT area_code, what, subject, 0, coalesce(received, 0) = coalesce(relieved, 0)
    FROM receipts
    UNION ALL
    SELECT area_code, what, hospital_id::text, 0, owed_minor = receivable_minor FROM pairs
    UNION ALL
    SELECT area_code, what, hospital_id::text, 0, owed_minor = advanced_minor FROM mandates
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE NOT agrees)::bigint AS broken, sum(figure)::bigint AS figure_minor,
    min(what || ' ' || subject) FILTER (WHERE NOT agrees) AS sample
FROM judged
GROUP BY area_code
