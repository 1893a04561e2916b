-- What was released from an account on a day of the area's own time.
SELECT coalesce(sum(control_sum_minor), 0)::bigint
FROM payment_batch
WHERE area_code = :area_code
  AND agency_account_id = :agency_account_id
  AND scheme = :scheme
  AND status = 'released'
  AND (released_at AT TIME ZONE 'Asia/Shanghai')::date = :on
