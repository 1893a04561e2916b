-- Takes a chunk for this transaction; no row when it was applied before.
INSERT INTO intake_chunk (intake_id, chunk_number, area_code, record_count, document_count)
VALUES (:intake_id, :chunk_number, :area_code, :record_count, :document_count)
ON CONFLICT (intake_id, chunk_number, area_code) DO NOTHING
