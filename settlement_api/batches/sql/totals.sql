-- What a freeze found, took and left out.
SELECT
    count(*) AS eligible_count,
    coalesce(sum(open_minor), 0)::bigint AS eligible_minor,
    count(*) FILTER (WHERE reason IS NULL) AS taken_count,
    count(*) FILTER (WHERE reason IS NOT NULL) AS left_out_count,
    coalesce(sum(open_minor - set_off_minor - cash_minor), 0)::bigint AS left_out_minor,
    count(DISTINCT payee_account_id) FILTER (WHERE cash_minor > 0) AS payment_count,
    coalesce(sum(cash_minor), 0)::bigint AS control_sum_minor,
    coalesce(sum(set_off_minor) FILTER (WHERE set_off_minor > 0), 0)::bigint AS set_off_minor,
    coalesce(sum(recovery_minor), 0)::bigint AS planned_recovery_minor
FROM eligible_share
