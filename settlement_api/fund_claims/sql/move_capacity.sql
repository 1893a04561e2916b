-- Moves amounts of claim capacity, each only where the balance holds it; rows locked in key order.
-- Money that truly moved (not bounded) is bound beyond what is available, and shown as excess.
WITH part AS (
    SELECT
        hospital_id, scheme, month,
        sum(amount_minor)::bigint * :reserved_sign AS reserved_delta,
        sum(amount_minor)::bigint * :consumed_sign AS consumed_delta
    FROM unnest(
        CAST(:hospital_ids AS uuid[]), CAST(:schemes AS text[]),
        CAST(:months AS text[]), CAST(:amounts AS bigint[])
    ) AS given (hospital_id, scheme, month, amount_minor)
    GROUP BY hospital_id, scheme, month
    HAVING sum(amount_minor) > 0
),
locked AS (
    SELECT capacity.id, part.reserved_delta, part.consumed_delta
    FROM claim_capacity AS capacity
    JOIN part USING (hospital_id, scheme, month)
    WHERE capacity.area_code = :area_code
    ORDER BY capacity.id
    FOR NO KEY UPDATE OF capacity
),
moved AS (
    UPDATE claim_capacity AS capacity
    SET
        reserved_minor = reserved_minor + reserved_delta,
        consumed_minor = consumed_minor + consumed_delta,
        excess_minor = greatest(
            reserved_minor + reserved_delta + consumed_minor + consumed_delta - available_minor, 0
        )
    FROM locked
    WHERE capacity.area_code = :area_code
      AND capacity.id = locked.id
      AND reserved_minor + reserved_delta >= 0
      AND consumed_minor + consumed_delta >= 0
      AND (
          NOT CAST(:bounded AS boolean)
          OR reserved_delta + consumed_delta <= 0
          OR reserved_minor + consumed_minor + reserved_delta + consumed_delta <= available_minor
      )
    RETURNING capacity.id
)
SELECT (SELECT count(*) FROM part) AS asked, (SELECT count(*) FROM moved) AS done
