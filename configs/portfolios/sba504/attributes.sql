-- One row per loan and 31 December on which it is open: from approval until it is charged off or its term ends.
-- Known the day before 1 January, so that the cohort of 1 January sees it. Repaid loans carry no pay-off date:
-- they stay until the end of their term, so the pool is too large and rates are too low. Compare methods, not levels.
WITH year_ends AS (
  SELECT loans.*, make_date(year::INT, 12, 31) AS year_end
  FROM loans, range(1990, 2014) AS years(year)            -- the last cohort is 2014-01-01
)
SELECT
  'L' || lpad(CAST(Idx AS VARCHAR), 5, '0')               AS customer_id,
  year_end                                                AS known_on,
  CAST(GrossApproval AS DOUBLE)                           AS gross_approval,
  CAST(TermInMonths AS DOUBLE)                            AS term_months,
  ThirdPartyDollars                                       AS third_party_dollars,
  CAST(date_diff('month', ApprovalDate, year_end) AS DOUBLE) AS months_on_book,
  date_diff('month', ApprovalDate, year_end) / TermInMonths  AS share_of_term_elapsed,
  ProjectState                                            AS state,
  left(CAST(CAST(NaicsCode AS INTEGER) AS VARCHAR), 2)    AS naics_sector,         -- missing for 31 %
  NULLIF(BusinessType, 'MISSING')                         AS business_type,
  DeliveryMethod                                          AS programme
FROM year_ends
WHERE ApprovalDate <= year_end
  AND coalesce(ChargeOffDate > year_end, TRUE)
  AND ApprovalDate + to_months(TermInMonths::INT) > year_end
