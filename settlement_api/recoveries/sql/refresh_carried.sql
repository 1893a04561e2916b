-- Brings the carried returns of an area to its open shares: new ones, other amounts, netted ones.
WITH open_share AS (
    SELECT
        share.hospital_id, share.supplier_id, share.scheme, line.accepted_at,
        share.confirmed_minor - share.reserved_minor - share.paid_minor + share.returned_minor
            - share.set_off_minor AS open_minor
    FROM payable_share AS share
    JOIN application_line AS line
        ON line.area_code = share.area_code AND line.id = share.application_line_id
    WHERE share.area_code = :area_code
      AND share.confirmed_minor - share.reserved_minor - share.paid_minor + share.returned_minor
          - share.set_off_minor <> 0
),
carried AS (
    SELECT
        hospital_id, supplier_id, scheme, -sum(open_minor)::bigint AS amount_minor,
        CAST(min(accepted_at) FILTER (WHERE open_minor < 0) AT TIME ZONE 'Asia/Shanghai' AS date)
            AS carried_since
    FROM open_share
    GROUP BY hospital_id, supplier_id, scheme
    HAVING sum(open_minor) < 0
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
