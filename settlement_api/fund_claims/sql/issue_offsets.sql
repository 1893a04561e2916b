-- Instructs the difference between what a batch has consumed now and what was instructed before.
WITH target AS (
    SELECT hospital_id, scheme, month, sum(amount_minor)::bigint AS amount_minor
    FROM unnest(
        CAST(:hospital_ids AS uuid[]), CAST(:schemes AS text[]),
        CAST(:months AS text[]), CAST(:amounts AS bigint[])
    ) AS given (hospital_id, scheme, month, amount_minor)
    GROUP BY hospital_id, scheme, month
),
issued AS (
    SELECT
        hospital_id, scheme, month,
        sum(amount_minor)::bigint AS amount_minor, max(instruction_no) AS last_no
    FROM offset_instruction
    WHERE area_code = :area_code AND payment_batch_id = :payment_batch_id
    GROUP BY hospital_id, scheme, month
)
INSERT INTO offset_instruction (
    area_code, hospital_id, scheme, month, payment_batch_id, instruction_no,
    amount_minor, status, issued_at, acknowledge_by_date
)
SELECT
    :area_code, hospital_id, scheme, month, :payment_batch_id,
    coalesce(issued.last_no, 0) + 1,
    coalesce(target.amount_minor, 0) - coalesce(issued.amount_minor, 0),
    'issued', :at, CAST(:acknowledge_by_date AS date)
FROM target
FULL JOIN issued USING (hospital_id, scheme, month)
WHERE coalesce(target.amount_minor, 0) <> coalesce(issued.amount_minor, 0)
ORDER BY hospital_id, scheme, month
RETURNING amount_minor
