-- Takes open shortfalls, oldest first, out of what a later month's claim still holds.
WITH free AS (
    SELECT capacity.hospital_id, capacity.scheme,
        least(
            capacity.available_minor,
            div(capacity.available_minor * CAST(:cap_percent AS bigint), 100)
        ) - capacity.reserved_minor - capacity.consumed_minor AS free_minor
    FROM claim_capacity AS capacity
    WHERE capacity.area_code = :area_code AND capacity.month = :month
),
waiting AS (
    SELECT known.id, known.payment_batch_id, known.hospital_id, known.scheme, free.free_minor,
        known.shortfall_minor - known.recovered_minor AS open_minor,
        sum(known.shortfall_minor - known.recovered_minor) OVER (
            PARTITION BY known.hospital_id, known.scheme ORDER BY known.month, known.id
        ) AS upto_minor
    FROM shortfall_case AS known
    JOIN free ON free.hospital_id = known.hospital_id AND free.scheme = known.scheme
    WHERE known.area_code = :area_code AND known.month < :month AND free.free_minor > 0
      AND known.recovered_minor < known.shortfall_minor
),
taken AS (
    SELECT id, payment_batch_id, hospital_id, scheme,
        least(open_minor, free_minor - (upto_minor - open_minor))::bigint AS amount_minor
    FROM waiting
    WHERE free_minor > upto_minor - open_minor
),
noted AS (
    INSERT INTO shortfall_recovery
        (area_code, shortfall_case_id, month, amount_minor, recovered_at)
    SELECT :area_code, id, :month, amount_minor, :at FROM taken
),
raised AS (
    UPDATE shortfall_case
    SET recovered_minor = shortfall_case.recovered_minor + taken.amount_minor
    FROM taken
    WHERE shortfall_case.area_code = :area_code AND shortfall_case.id = taken.id
)
SELECT payment_batch_id, hospital_id, scheme, amount_minor
FROM taken
ORDER BY payment_batch_id, hospital_id
