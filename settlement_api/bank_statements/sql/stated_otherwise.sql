-- Were days of this statement taken from a file that reads otherwise than this one? As what?
SELECT coalesce(other.profile, other.format) AS dialect
FROM statement_file AS this
JOIN bank_statement AS stated
    ON stated.area_code = this.area_code AND stated.agency_account_id = this.agency_account_id
JOIN statement_file AS other
    ON other.area_code = stated.area_code AND other.id = stated.statement_file_id
WHERE this.area_code = :area_code AND this.id = :file_id
  AND stated.from_date <= CAST(:to_date AS date) AND stated.to_date >= CAST(:from_date AS date)
  AND coalesce(other.profile, other.format) <> coalesce(this.profile, this.format)
ORDER BY stated.id
LIMIT 1
