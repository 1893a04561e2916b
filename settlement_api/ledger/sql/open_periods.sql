-- Which periods of the drafts are new? Opens them.
INSERT INTO accounting_period (area_code, period, state)
SELECT :area_code, named.period, 'open'
FROM unnest(CAST(:periods AS text[])) AS named (period)
ORDER BY named.period
ON CONFLICT DO NOTHING
