-- Which told payments can be taken, which say what was said before, and which contradict it?
-- Each is looked up by its keys: a call tells a few payments, and the books hold years of them.
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
    LEFT JOIN LATERAL (
        SELECT party.id
        FROM hospital AS party
        WHERE party.area_code = :area_code AND party.hospital_code = given.hospital_code
        LIMIT 1
    ) AS hospital ON true
    LEFT JOIN LATERAL (
        -- No alias has the form of a code: at most one of the two finds anybody.
        SELECT party.id
        FROM supplier AS party
        WHERE party.uscc = given.supplier_uscc
        UNION ALL
        SELECT alias.supplier_id
        FROM supplier_alias AS alias
        WHERE alias.alias = given.supplier_uscc AND alias.superseded_at IS NULL
        LIMIT 1
    ) AS supplier ON true
    LEFT JOIN LATERAL (
        SELECT said.id, said.amount_minor, said.paid_date
        FROM self_payment AS payment
        JOIN self_payment_voice AS said
            ON said.area_code = :area_code AND said.self_payment_id = payment.id
            AND said.voice = :voice
        WHERE payment.area_code = :area_code AND payment.hospital_id = hospital.id
          AND payment.supplier_id = supplier.id
          AND payment.invoice_number = given.invoice_number
          AND payment.reference = given.reference
        LIMIT 1
    ) AS voice ON true
) AS found
WHERE found.row_no = told.row_no
