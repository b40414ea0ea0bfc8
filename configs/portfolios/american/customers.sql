-- One row per company. The file names no company, industry or country: all are listed in the United States.
SELECT
  company_name                    AS customer_id,
  company_name                    AS name,               -- anonymous: C_1, C_2, ...
  'US'                            AS country,
  NULL                            AS industry,
  NULL                            AS legal_form,
  FALSE                           AS is_natural_person,  -- listed companies only
  NULL                            AS founded_on,
  make_date(min(year)::INT, 1, 1) AS onboarded_on,       -- first day of the first fiscal year on file
  NULL                            AS parent_id,
  'USD'                           AS currency
FROM firm_years
GROUP BY company_name
