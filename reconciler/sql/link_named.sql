-- What the items of one link by totals (`sent` is one of them) have in common; part of other
-- questions: the invoice that several lines are, or the line that several invoices are.
SELECT
    CASE WHEN sent.mode = 'lines_to_invoice' THEN sent.invoice_number END AS invoice_number,
    CASE WHEN sent.mode = 'line_to_invoices' THEN sent.order_number END AS order_number,
    CASE WHEN sent.mode = 'line_to_invoices' THEN sent.order_line_number END AS order_line_number,
    CASE WHEN sent.mode = 'line_to_invoices' THEN sent.receipt_number END AS receipt_number,
    CASE WHEN sent.mode = 'line_to_invoices' THEN sent.receipt_line_number END
        AS receipt_line_number
