-- One row per customer: every invoice is due 30 days after it was issued, from the first one on.
SELECT
  customerID                                              AS customer_id,
  CAST(min(strptime(InvoiceDate, '%m/%d/%Y')) AS DATE)    AS valid_from,
  NULL                                                    AS credit_limit,         -- not on file
  max(date_diff('day', strptime(InvoiceDate, '%m/%d/%Y'),
                       strptime(DueDate, '%m/%d/%Y')))    AS payment_terms_days,
  NULL                                                    AS insured_limit,
  NULL                                                    AS insured_share
FROM receivables
GROUP BY customerID
