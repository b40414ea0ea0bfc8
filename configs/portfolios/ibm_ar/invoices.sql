-- One row per invoice. PaperlessDate is not used: it is sometimes before the invoice, and says nothing about payment.
SELECT
  invoiceNumber                                           AS invoice_id,
  customerID                                              AS customer_id,
  CAST(strptime(InvoiceDate, '%m/%d/%Y') AS DATE)         AS issued_on,
  CAST(strptime(DueDate, '%m/%d/%Y') AS DATE)             AS due_on,
  CAST(InvoiceAmount AS DECIMAL(18,2))                    AS amount,
  'USD'                                                   AS currency,             -- assumed
  'invoice'                                               AS kind,                 -- there are no credit notes
  CAST(strptime(InvoiceDate, '%m/%d/%Y') AS DATE) + 1     AS booked_at             -- assumed: booked the day after
FROM receivables
