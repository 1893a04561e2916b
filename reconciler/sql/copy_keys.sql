-- The touched components by number.
SELECT key_no, hospital_id, supplier_id FROM match_key ORDER BY key_no
