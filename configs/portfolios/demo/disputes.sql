-- One row per dispute of an invoice.
SELECT
  dispute_id AS dispute_id,  -- text: number of the case
  invoice_id AS invoice_id,  -- text: the document in dispute
  opened_on  AS opened_on,   -- day: when the customer objected
  closed_on  AS closed_on,   -- day?: when it was settled; missing while open
  reason     AS reason       -- text?: as recorded
FROM disputes
