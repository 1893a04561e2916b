-- Does every voucher balance in both classes of entries and debit what it says, and is its number
-- the next one of its series?
WITH summed AS (
    SELECT line.area_code, line.voucher_id,
        sum(line.debit_minor) FILTER (WHERE line.entry_class = 'financial') AS financial_debit,
        sum(line.credit_minor) FILTER (WHERE line.entry_class = 'financial') AS financial_credit,
        coalesce(sum(line.debit_minor) FILTER (WHERE line.entry_class = 'budget'), 0)
            AS budget_debit,
        coalesce(sum(line.credit_minor) FILTER (WHERE line.entry_class = 'budget'), 0)
            AS budget_credit,
        bool_and(line.side = voucher.side
            AND line.hospital_id IS NOT DISTINCT FROM voucher.hospital_id
            AND line.supplier_id IS NOT DISTINCT FROM voucher.supplier_id) AS of_its_owner
    FROM voucher_line AS line
    LEFT JOIN voucher ON voucher.area_code = line.area_code AND voucher.id = line.voucher_id
    GROUP BY line.area_code, line.voucher_id
),
numbered AS (
    SELECT voucher.*, row_number() OVER (
        PARTITION BY area_code, side, hospital_id, supplier_id, ledger_id, period
        ORDER BY voucher_number
    ) AS place
    FROM voucher
),
judged AS (
    SELECT coalesce(numbered.area_code, summed.area_code) AS area_code, numbered.total_minor,
        coalesce(numbered.id, summed.voucher_id) AS voucher_id,
        coalesce(
            summed.financial_debit = numbered.total_minor
            AND summed.financial_credit = numbered.total_minor
            AND summed.budget_debit = summed.budget_credit AND summed.of_its_owner
            AND numbered.place = numbered.voucher_number,
            false
        ) AS holds
    FROM numbered
    FULL JOIN summed
        ON summed.area_code = numbered.area_code AND summed.voucher_id = numbered.id
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE NOT holds)::bigint AS broken,
    sum(total_minor)::bigint AS figure_minor,
    min(voucher_id::text) FILTER (WHERE NOT holds) AS sample
FROM judged
GROUP BY area_code
