-- Which told payments can be taken, which say what was said before, and which contradict it?
UPDATE told_payment AS told
SET hospital_id = found.hospital_id, supplier_id = found.supplier_id,
    outcome = CASE WHEN found.fault IS NOT NULL THEN 'rejected'
        WHEN found.voice_id IS NOT NULL THEN 'unchanged' ELSE 'accepted' END,
    fault = found.fault
FROM (
    SELECT given.row_no, hospital.id AS hospital_id, supplier.id AS supplier_id,
        voice.id AS voice_id,
        CASE
            WHEN hospital.id IS NULL THEN 'hospital_unknown'
            WHEN supplier.id IS NULL THEN 'supplier_unknown'
            WHEN hospital.id <> coalesce(CAST(:own_hospital_id AS uuid), hospital.id)
                OR supplier.id <> coalesce(CAST(:own_supplier_id AS uuid), supplier.id)
                THEN 'not_yours'
            WHEN given.paid_date > :today THEN 'paid_in_the_future'
            WHEN count(*) OVER (
                PARTITION BY hospital.id, supplier.id, given.invoice_number, given.reference
            ) > 1 THEN 'repeated_in_call'
            WHEN voice.amount_minor <> given.amount_minor OR voice.paid_date <> given.paid_date
                THEN 'reference_reused'
        END AS fault
    FROM told_payment AS given
    LEFT JOIN hospital
        ON hospital.area_code = :area_code AND hospital.hospital_code = given.hospital_code
    LEFT JOIN supplier ON supplier.uscc = given.supplier_uscc
    LEFT JOIN self_payment AS payment
        ON payment.area_code = :area_code AND payment.hospital_id = hospital.id
        AND payment.supplier_id = supplier.id
        AND payment.invoice_number = given.invoice_number
        AND payment.reference = given.reference
    LEFT JOIN self_payment_voice AS voice
        ON voice.area_code = :area_code AND voice.self_payment_id = payment.id
        AND voice.voice = :voice
) AS found
WHERE found.row_no = told.row_no
