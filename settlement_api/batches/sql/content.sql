-- A batch's canonical rows, each one line of a JSON array, in byte order: every field is told from
-- its neighbors and from nothing at all, whatever characters it holds. Items are by far the most and
-- have no field that is not of fixed width and always there: they enter as bytes, by their SHA-256.
WITH item (fields) AS (
:items
),
fact (line) AS (
    SELECT json_build_array(
        'batch', batch.area_code, batch.id, batch.agency_id, batch.agency_account_id,
        encode(account.account_blind_index, 'hex'), account.cnaps_code,
        batch.scheme, batch.period, batch.batch_no,
        extract(epoch FROM batch.cutoff_at)::text, batch.eligible_count, batch.eligible_minor,
        batch.taken_count, batch.left_out_count, batch.left_out_minor, batch.payment_count,
        batch.control_sum_minor, batch.set_off_minor, batch.planned_recovery_minor,
        batch.shortfall_minor, batch.shortfall_policy, batch.rule_pack_code,
        batch.rule_pack_version, batch.made_by
    )::text
    FROM payment_batch AS batch
    JOIN agency_account AS account
        ON account.area_code = batch.area_code AND account.id = batch.agency_account_id
    WHERE batch.area_code = :area_code AND batch.id = :batch_id
    UNION ALL
    SELECT json_build_array(
        'payment', payment.id, payment.direction, payment.purpose, payment.supplier_id,
        payment.agency_account_id, payment.scheme, payment.claim_month, payment.payee_account_id,
        payment.payee_name, payment.payee_cnaps_code,
        encode(payment.payee_account_blind_index, 'hex'), payment.payee_account_last4,
        payment.amount_minor, payment.item_count, payment.remittance
    )::text
    FROM payment
    WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
    UNION ALL
    SELECT json_build_array(
        'items', count(*), encode(sha256(string_agg(fields, '' ORDER BY fields)), 'hex')
    )::text
    FROM item
    UNION ALL
    SELECT json_build_array(
        'set_off', negative_share_id, positive_share_id, amount_minor
    )::text
    FROM set_off
    WHERE area_code = :area_code AND payment_batch_id = :batch_id
    UNION ALL
    SELECT json_build_array(
        'exclusion', application_line_id, payable_share_id, reason, amount_minor
    )::text
    FROM batch_exclusion
    WHERE area_code = :area_code AND payment_batch_id = :batch_id
    UNION ALL
    SELECT json_build_array(
        'recovery', hospital_id, cash_minor, planned_recovery_minor, shortfall_minor
    )::text
    FROM batch_recovery
    WHERE area_code = :area_code AND payment_batch_id = :batch_id
)
SELECT convert_to(string_agg(line, E'\n' ORDER BY line COLLATE "C"), 'UTF8') AS content
FROM fact
