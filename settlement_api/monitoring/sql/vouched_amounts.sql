-- What of these payments is vouched for: by the bank, else by the supplier; not by the payer.
SELECT payment.id, payment.hospital_id, payment.supplier_id,
    coalesce(
        max(voice.amount_minor) FILTER (WHERE voice.voice = 'bank_verified'),
        max(voice.amount_minor) FILTER (WHERE voice.voice = 'confirmed_by_supplier'),
        0
    ) AS amount_minor
FROM self_payment AS payment
JOIN self_payment_voice AS voice
    ON voice.area_code = payment.area_code AND voice.self_payment_id = payment.id
WHERE payment.area_code = :area_code AND payment.id = ANY(CAST(:payment_ids AS uuid[]))
GROUP BY payment.id, payment.hospital_id, payment.supplier_id
ORDER BY payment.id
