-- A replay that is running, kept from other workers; people who cancel it wait for the chunk.
SELECT stretches
FROM replay
WHERE area_code = :area_code AND id = :id AND status = 'running'
FOR NO KEY UPDATE
