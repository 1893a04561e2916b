-- What never changes of a product: its kind, its smallest unit, and the factor of a known unit.
WITH faults AS (
    SELECT staged.row_no, 'kind' AS column_name, 'not_changeable' AS code,
           'the product is on file as ' || product.kind AS message
    FROM staged
    JOIN product USING (product_code)
    WHERE staged.kind <> product.kind
    UNION ALL
    SELECT staged.row_no, 'smallest_unit', 'not_changeable',
           'the product is on file in ' || product.smallest_unit
    FROM staged
    JOIN product USING (product_code)
    WHERE staged.smallest_unit <> product.smallest_unit
    UNION ALL
    SELECT staged.row_no, 'units', 'not_changeable',
           'the unit ' || known.unit || ' is on file as '
               || known.numerator || '/' || known.denominator
    FROM staged
    JOIN product USING (product_code)
    CROSS JOIN LATERAL unnest(unit_names, unit_numerators, unit_denominators)
        AS said (unit, numerator, denominator)
    JOIN product_unit AS known ON known.product_id = product.id AND known.unit = said.unit
    WHERE said.numerator::numeric * known.denominator <> known.numerator::numeric * said.denominator
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name, message
