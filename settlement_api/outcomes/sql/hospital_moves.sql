-- What moved for each hospital, by attempt: for the ledger and for claim capacity.
SELECT
    move.attempt_id, move.hospital_id, move.supplier_id, payment.scheme, payment.claim_month,
    sum(move.paid)::bigint AS paid,
    sum(move.returned)::bigint AS returned,
    sum(move.released_recovery)::bigint AS released_recovery,
    sum(move.reserved_recovery)::bigint AS reserved_recovery,
    sum(move.used_recovery)::bigint AS used_recovery
FROM payment_item_move AS move
JOIN payment_change AS change ON change.attempt_id = move.attempt_id
JOIN payment ON payment.area_code = :area_code AND payment.id = change.payment_id
GROUP BY move.attempt_id, move.hospital_id, move.supplier_id, payment.scheme, payment.claim_month
ORDER BY move.attempt_id, move.hospital_id, move.supplier_id
