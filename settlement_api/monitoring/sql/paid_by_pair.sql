-- What does one voice say that a hospital paid a supplier itself?
SELECT payment.id, payment.invoice_number, voice.amount_minor, voice.paid_date
FROM self_payment AS payment
JOIN self_payment_voice AS voice
    ON voice.area_code = payment.area_code AND voice.self_payment_id = payment.id
WHERE payment.area_code = :area_code AND payment.hospital_id = :hospital_id
  AND payment.supplier_id = :supplier_id AND voice.voice = :voice
ORDER BY payment.id
