-- Terms of charges under a contract that nobody knows.
SELECT row_no, 'contract_code' AS column_name, 'unknown_contract' AS code,
       'no contract ' || contract_code || ' is on file' AS message
FROM staged
WHERE contract_code IS NOT NULL
  AND NOT EXISTS (SELECT FROM contract WHERE contract.contract_code = staged.contract_code)
ORDER BY row_no
