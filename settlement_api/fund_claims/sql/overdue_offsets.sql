-- Instructions nobody acknowledged in time, not reminded of today: reminded now, per batch.
WITH reminded AS (
    UPDATE offset_instruction
    SET reminded_date = :on, reminder_count = reminder_count + 1
    WHERE area_code = :area_code
      AND status = 'issued'
      AND acknowledge_by_date < :on
      AND (reminded_date IS NULL OR reminded_date < :on)
    RETURNING payment_batch_id, amount_minor, acknowledge_by_date, reminder_count
)
SELECT
    payment_batch_id, count(*) AS instruction_count, sum(amount_minor)::bigint AS amount_minor,
    min(acknowledge_by_date) AS acknowledge_by_date, max(reminder_count) AS reminder_no
FROM reminded
GROUP BY payment_batch_id
ORDER BY payment_batch_id
