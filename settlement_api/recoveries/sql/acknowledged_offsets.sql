-- Which of these instructions are acknowledged, and what do they take from whom?
SELECT instruction.id, instruction.hospital_id, instruction.scheme, instruction.payment_batch_id,
    instruction.amount_minor
FROM offset_instruction AS instruction
WHERE instruction.area_code = :area_code AND instruction.status = 'acknowledged'
  AND instruction.id = ANY(CAST(:instruction_ids AS uuid[]))
ORDER BY instruction.id
