-- One stored version of a rule pack, as JSON text.
SELECT content::text AS content FROM rule_pack WHERE code = :code AND version = :version
