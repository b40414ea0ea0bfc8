-- One row per customer. countryCode (391, 406, ...) is no ISO code: XA..XE are free for private use.
SELECT
  customerID                                              AS customer_id,
  customerID                                              AS name,                 -- not on file
  CASE countryCode
    WHEN '391' THEN 'XA' WHEN '406' THEN 'XB' WHEN '770' THEN 'XC' WHEN '818' THEN 'XD' WHEN '897' THEN 'XE'
  END                                                     AS country,
  NULL                                                    AS industry,
  NULL                                                    AS legal_form,
  FALSE                                                   AS is_natural_person,    -- business customers
  NULL                                                    AS founded_on,
  CAST(min(strptime(InvoiceDate, '%m/%d/%Y')) AS DATE)    AS onboarded_on,         -- assumed: the first invoice
  NULL                                                    AS parent_id,
  'USD'                                                   AS currency              -- assumed
FROM receivables
GROUP BY customerID, countryCode
