-- Did all that came into a match run end matched, waiting or held?
WITH judged AS (
    SELECT area_code, id, matched_minor,
        received_milli - returned_milli <> received_matched_milli + received_waiting_milli
            + received_held_milli
        OR invoiced_milli - credited_milli <> invoiced_matched_milli + invoiced_waiting_milli
            + invoiced_held_milli
        OR invoiced_minor - credited_minor <> matched_minor + waiting_minor + held_minor AS wrong
    FROM match_run
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(matched_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
