-- Gives back what was recovered beyond a lowered shortfall, from the latest month first.
WITH target AS (
    SELECT known.id, known.recovered_minor - given.shortfall_minor AS excess_minor
    FROM unnest(CAST(:hospital_ids AS uuid[]), CAST(:amounts AS bigint[]))
        AS given (hospital_id, shortfall_minor)
    JOIN shortfall_case AS known
        ON known.area_code = :area_code AND known.payment_batch_id = :batch_id
        AND known.hospital_id = given.hospital_id
    WHERE known.recovered_minor > given.shortfall_minor
),
held AS (
    SELECT target.id, target.excess_minor, recovery.month,
        sum(recovery.amount_minor)::bigint AS held_minor
    FROM target
    JOIN shortfall_recovery AS recovery
        ON recovery.area_code = :area_code AND recovery.shortfall_case_id = target.id
    GROUP BY target.id, target.excess_minor, recovery.month
),
taken AS (
    SELECT id, month, least(
        held_minor,
        excess_minor - coalesce(sum(held_minor) OVER (
            PARTITION BY id ORDER BY month DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0)
    )::bigint AS back_minor
    FROM held
),
noted AS (
    INSERT INTO shortfall_recovery
        (area_code, shortfall_case_id, month, amount_minor, recovered_at)
    SELECT :area_code, id, month, -back_minor, :at FROM taken WHERE back_minor > 0
),
lowered AS (
    UPDATE shortfall_case
    SET recovered_minor = shortfall_case.recovered_minor - summed.back_minor
    FROM (
        SELECT id, sum(back_minor)::bigint AS back_minor FROM taken WHERE back_minor > 0
        GROUP BY id
    ) AS summed
    WHERE shortfall_case.area_code = :area_code AND shortfall_case.id = summed.id
    RETURNING shortfall_case.id, shortfall_case.hospital_id, shortfall_case.scheme
)
SELECT lowered.hospital_id, lowered.scheme, taken.month, taken.back_minor AS amount_minor
FROM lowered
JOIN taken ON taken.id = lowered.id AND taken.back_minor > 0
ORDER BY lowered.hospital_id, taken.month
