-- The suppliers that go by these aliases today.
SELECT supplier_alias.alias, supplier.id, supplier.uscc
FROM supplier_alias
JOIN supplier ON supplier.id = supplier_alias.supplier_id
WHERE supplier_alias.alias = ANY(CAST(:aliases AS text[]))
  AND supplier_alias.superseded_at IS NULL
