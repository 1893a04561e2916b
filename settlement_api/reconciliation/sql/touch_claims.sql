-- The components that the area's documents of the given invoice numbers are matched in.
WITH component AS (
    SELECT
        line.hospital_id, line.supplier_id,
        CASE
            WHEN line.charge_kind = 'goods' THEN line.product_code
            ELSE 'charge:' || coalesce(line.blue_invoice_number, line.invoice_number)
        END AS component_code
    FROM invoice_claim AS claim
    JOIN invoice_line AS line
      ON line.area_code = :area_code AND line.document_id = claim.document_id
    WHERE claim.area_code = :area_code
      AND claim.invoice_key = ANY(CAST(:invoice_numbers AS text[]))
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, component_code
FROM (SELECT DISTINCT * FROM component WHERE component_code IS NOT NULL) AS distinct_component
