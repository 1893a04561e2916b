-- One component, given by its hospital, supplier and product.
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
VALUES (0, :hospital_id, :supplier_id, :component_code)
