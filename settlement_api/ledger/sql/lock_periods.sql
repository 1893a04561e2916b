-- Which periods of the drafts may no longer be posted to? Share-locks every one of them.
SELECT
    accounting_period.period,
    accounting_period.state = 'closed' OR accounting_period.period < (
        SELECT max(closed.period) FROM accounting_period AS closed
        WHERE closed.area_code = :area_code AND closed.state = 'closed'
    ) IS TRUE AS closed
FROM accounting_period
WHERE accounting_period.area_code = :area_code
  AND accounting_period.period = ANY(:periods)
ORDER BY accounting_period.period
FOR SHARE OF accounting_period
