-- One row per charge-off: the loss is known on the day it is booked. 53 come after the end of the term, when the
-- loan is no longer observed.
SELECT
  'charge-off of L' || lpad(CAST(Idx AS VARCHAR), 5, '0') AS event_id,
  'L' || lpad(CAST(Idx AS VARCHAR), 5, '0')               AS customer_id,
  ChargeOffDate                                           AS occurred_on,
  ChargeOffDate                                           AS known_on,
  'write_off'                                             AS kind,
  CAST(GrossChargeOffAmount AS DECIMAL(18,2))             AS amount,
  NULL                                                    AS detail
FROM loans
WHERE LoanStatus = 'CHGOFF'
