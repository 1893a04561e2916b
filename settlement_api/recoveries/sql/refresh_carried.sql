-- Brings the carried returns of an area to its open shares: new ones, other amounts, netted ones.
WITH open_share AS MATERIALIZED (
    SELECT
        hospital_id, supplier_id, scheme, application_line_id,
        confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor
            AS open_minor
    FROM payable_share
    WHERE area_code = :area_code
      AND confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor <> 0
),
owing AS (
    SELECT hospital_id, supplier_id, scheme, -sum(open_minor)::bigint AS amount_minor
    FROM open_share
    GROUP BY hospital_id, supplier_id, scheme
    HAVING sum(open_minor) < 0
),
carried AS MATERIALIZED (
    SELECT
        owing.hospital_id, owing.supplier_id, owing.scheme, owing.amount_minor,
        CAST(min(line.accepted_at) AT TIME ZONE 'Asia/Shanghai' AS date) AS carried_since
    FROM owing
    JOIN open_share AS share
        ON share.hospital_id = owing.hospital_id
        AND share.supplier_id = owing.supplier_id
        AND share.scheme = owing.scheme
        AND share.open_minor < 0
    JOIN application_line AS line
        ON line.area_code = :area_code AND line.id = share.application_line_id
    GROUP BY owing.hospital_id, owing.supplier_id, owing.scheme, owing.amount_minor
),
closed AS (
    UPDATE carried_return AS known
    SET closed_at = :at
    WHERE known.area_code = :area_code
      AND known.closed_at IS NULL
      AND NOT EXISTS (
          SELECT 1
          FROM carried
          WHERE carried.hospital_id = known.hospital_id
            AND carried.supplier_id = known.supplier_id
            AND carried.scheme = known.scheme
      )
)
INSERT INTO carried_return AS known (
    area_code, hospital_id, supplier_id, scheme, amount_minor, carried_since
)
SELECT :area_code, hospital_id, supplier_id, scheme, amount_minor, carried_since
FROM carried
ORDER BY hospital_id, supplier_id, scheme
ON CONFLICT (area_code, hospital_id, supplier_id, scheme) WHERE closed_at IS NULL DO UPDATE
SET amount_minor = excluded.amount_minor
WHERE known.amount_minor <> excluded.amount_minor
