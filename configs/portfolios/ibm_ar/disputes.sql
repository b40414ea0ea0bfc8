-- One row per disputed invoice. The file says that it was disputed, not when. Assumed: the customer objects on the
-- due date (or when it pays, if that is earlier) and is answered the same day. Were the dispute open until the
-- settlement, no disputed amount would ever count as late: 140 of the 196 late invoices would drop out of the
-- default definition, and 19 of its 50 customers would be left.
SELECT
  'dispute of ' || invoiceNumber                          AS dispute_id,
  invoiceNumber                                           AS invoice_id,
  CAST(least(strptime(DueDate, '%m/%d/%Y'),
             strptime(SettledDate, '%m/%d/%Y')) AS DATE)  AS opened_on,
  CAST(least(strptime(DueDate, '%m/%d/%Y'),
             strptime(SettledDate, '%m/%d/%Y')) AS DATE)  AS closed_on,
  NULL                                                    AS reason
FROM receivables
WHERE Disputed = 'Yes'
