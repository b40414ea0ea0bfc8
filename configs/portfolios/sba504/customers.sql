-- One row per loan: borrowers are not named. Seven pairs of loans agree in everything but Idx (same amount, day,
-- ZIP code, term); they are kept: two equal loans for two equal sites are possible, and 7 of 54,805 change nothing.
SELECT
  'L' || lpad(CAST(Idx AS VARCHAR), 5, '0')               AS customer_id,
  'Loan ' || Idx                                          AS name,
  'US'                                                    AS country,
  NULL                                                    AS industry,             -- as an attribute: naics_sector
  NULLIF(lower(BusinessType), 'missing')                  AS legal_form,
  BusinessType = 'INDIVIDUAL'                             AS is_natural_person,
  NULL                                                    AS founded_on,
  ApprovalDate                                            AS onboarded_on,
  NULL                                                    AS parent_id,
  'USD'                                                   AS currency
FROM loans
