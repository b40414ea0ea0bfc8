-- One row per invoice or credit note. A ledger that writes credit notes with a minus sign maps them with
-- abs(amount) AS amount, CASE WHEN amount < 0 THEN 'credit_note' ELSE 'invoice' END AS kind.
SELECT
  invoice_id  AS invoice_id,   -- text: number of the document
  customer_id AS customer_id,  -- text: the customer billed
  issued_on   AS issued_on,    -- day: date of the document
  due_on      AS due_on,       -- day?: date it must be paid by; a credit note may have none
  amount      AS amount,       -- money: positive, also for a credit note
  currency    AS currency,     -- text: ISO 4217
  kind        AS kind,         -- text: what the document is (invoice, credit_note)
  credits     AS credits,      -- text?: of a credit note: the invoice it cancels or reduces, where it names one
  booked_at   AS booked_at     -- day: when it entered the ledger
FROM invoices
