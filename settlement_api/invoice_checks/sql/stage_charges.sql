-- Charges of a draft that name an order, to be looked at as if they had come.
INSERT INTO match_charge (
    id, key_no, invoice_number, line_number, invoice_date, charge_kind, order_number, amount
)
SELECT
    given.id, match_key.key_no, :number, given.line_number, CAST(:day AS date), given.kind,
    given.order_number, given.amount
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:line_numbers AS int[]), CAST(:codes AS text[]),
    CAST(:kinds AS text[]), CAST(:order_numbers AS text[]), CAST(:amounts AS bigint[])
) AS given (id, line_number, code, kind, order_number, amount)
JOIN match_key ON match_key.component_code = given.code
WHERE given.kind <> 'goods' AND given.order_number IS NOT NULL
