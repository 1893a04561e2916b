-- Stores what a person says that payments of a hospital to a supplier were for.
INSERT INTO self_payment_use (area_code, self_payment_id, hospital_id, supplier_id, voice,
    invoice_number, amount_minor, reason, said_by, said_at)
SELECT :area_code, said.payment_id, :hospital_id, :supplier_id, :voice, said.invoice_number,
    said.amount_minor, :reason, :person, :at
FROM unnest(
    CAST(:payment_ids AS uuid[]), CAST(:invoice_numbers AS text[]), CAST(:amounts AS bigint[])
) AS said (payment_id, invoice_number, amount_minor)
ORDER BY said.payment_id, said.invoice_number COLLATE "C"
