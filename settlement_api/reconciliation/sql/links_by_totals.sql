-- Whether the area has links by totals, of whatever state.
SELECT EXISTS (
    SELECT FROM invoice_link_line WHERE area_code = :area_code AND mode <> 'quantity'
)
