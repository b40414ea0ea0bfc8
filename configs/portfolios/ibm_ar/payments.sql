-- One row per invoice: each is settled in full, once.
SELECT
  'payment of ' || invoiceNumber                          AS payment_id,
  invoiceNumber                                           AS invoice_id,
  CAST(strptime(SettledDate, '%m/%d/%Y') AS DATE)         AS paid_on,
  CAST(InvoiceAmount AS DECIMAL(18,2))                    AS amount,
  CAST(strptime(SettledDate, '%m/%d/%Y') AS DATE) + 1     AS booked_at             -- assumed: booked the day after
FROM receivables
