-- What did one voice say that payments of a hospital to a supplier were for? The last word counts.
SELECT payment_id, invoice_number, amount_minor
FROM (
    SELECT DISTINCT ON (self_payment_id, invoice_number) self_payment_id AS payment_id,
        invoice_number, amount_minor
    FROM self_payment_use
    WHERE area_code = :area_code AND hospital_id = :hospital_id AND supplier_id = :supplier_id
      AND voice = :voice
    ORDER BY self_payment_id, invoice_number, said_at DESC, id DESC
) AS word
WHERE amount_minor > 0
ORDER BY payment_id, invoice_number COLLATE "C"
