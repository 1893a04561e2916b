-- Accounts of areas or agencies nobody knows, and accounts that are on file as something else.
WITH faults AS (
    SELECT row_no, 'area_code' AS column_name, 'unknown_area' AS code,
           'no area ' || area_code || ' is on file' AS message
    FROM staged
    WHERE area_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM area WHERE area.area_code = staged.area_code)
    UNION ALL
    SELECT staged.row_no, 'agency_code', 'unknown_agency',
           'no agency ' || staged.agency_code || ' is on file in area ' || staged.area_code
    FROM staged
    WHERE staged.agency_code IS NOT NULL
      AND EXISTS (SELECT FROM area WHERE area.area_code = staged.area_code)
      AND NOT EXISTS (
          SELECT FROM agency
          WHERE agency.area_code = staged.area_code AND agency.code = staged.agency_code
      )
    UNION ALL
    SELECT staged.row_no, 'account_number', 'not_changeable',
           'the account is on file with another agency, scheme, bank, name or first day'
    FROM staged
    JOIN agency ON agency.area_code = staged.area_code AND agency.code = staged.agency_code
    JOIN agency_account
        ON agency_account.area_code = staged.area_code
        AND agency_account.account_blind_index = staged.account_blind_index
    WHERE (agency_account.agency_id, agency_account.scheme, agency_account.cnaps_code,
           agency_account.account_name, agency_account.valid_from)
        <> (agency.id, staged.scheme, staged.cnaps_code, staged.account_name, staged.valid_from)
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name
