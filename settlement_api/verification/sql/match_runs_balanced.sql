-- Did every match run leave exactly the payables and discrepancies that it says it did?
WITH made AS (
    SELECT area_code, match_run_id AS run_id, count(*) AS payables
    FROM payable
    GROUP BY area_code, match_run_id
),
ended AS (
    SELECT area_code, superseded_by_run_id AS run_id, count(*) AS payables
    FROM payable
    WHERE superseded_by_run_id IS NOT NULL
    GROUP BY area_code, superseded_by_run_id
),
found AS (
    SELECT area_code, match_run_id AS run_id, count(*) AS discrepancies
    FROM discrepancy
    GROUP BY area_code, match_run_id
),
gone AS (
    SELECT area_code, superseded_by_run_id AS run_id, count(*) AS discrepancies
    FROM discrepancy
    WHERE superseded_by_run_id IS NOT NULL
    GROUP BY area_code, superseded_by_run_id
),
judged AS (
    SELECT run.area_code, run.id, run.matched_minor,
        run.payables_inserted <> coalesce(made.payables, 0)
            OR run.payables_superseded <> coalesce(ended.payables, 0)
            OR run.discrepancies_inserted <> coalesce(found.discrepancies, 0)
            OR run.discrepancies_superseded <> coalesce(gone.discrepancies, 0) AS wrong
    FROM match_run AS run
    LEFT JOIN made ON made.area_code = run.area_code AND made.run_id = run.id
    LEFT JOIN ended ON ended.area_code = run.area_code AND ended.run_id = run.id
    LEFT JOIN found ON found.area_code = run.area_code AND found.run_id = run.id
    LEFT JOIN gone ON gone.area_code = run.area_code AND gone.run_id = run.id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(matched_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
