-- Groups whose returns outweigh what is to be paid: carried, and since when.
SELECT
    hospital_id, supplier_id,
    sum(
        confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor
    )::bigint AS open_minor,
    min(recorded_at) AS since
FROM payable_share
WHERE area_code = :area_code
  AND scheme = :scheme
  AND confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor <> 0
GROUP BY hospital_id, supplier_id
HAVING sum(
    confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor
) < 0
ORDER BY hospital_id, supplier_id
