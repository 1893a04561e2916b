-- The components of the area's receipt lines that state one of these trace codes.
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, product_code
FROM (
    SELECT DISTINCT line.hospital_id, line.supplier_id, line.product_code
    FROM trace_code
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code
     AND line.document_id = trace_code.document_id
     AND line.line_number = trace_code.line_number
    WHERE trace_code.code = ANY(CAST(:codes AS text[])) AND trace_code.area_code = :area_code
      AND line.product_code IS NOT NULL
) AS distinct_component
