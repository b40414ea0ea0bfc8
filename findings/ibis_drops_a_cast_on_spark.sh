#!/bin/sh
# ibis-framework 12.0.0 with pyspark 4.0.5: the difference of two DECIMAL(18,2) is DECIMAL(18,2) to Ibis and DECIMAL(19,2) to Spark.
# A cast to decimal(18, 2) is therefore no cast to Ibis: it leaves it out of the SQL, and the table that Spark makes has another
# type than the expression says. Files written by the two engines differ in their schema.
# Needs Java 17 or 21. Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ibis-framework[pyspark]==12.0.0" pyspark==4.0.5 setuptools
cd "$folder"
venv/bin/python - <<'PYTHON' 2>"$folder/spark.log" || { tail -3 "$folder/spark.log"; exit 1; }
import sys

import ibis
import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
con = ibis.pyspark.connect(spark)
spark.sql("SELECT CAST(5 AS DECIMAL(18,2)) AS billed, CAST(2 AS DECIMAL(18,2)) AS paid").createOrReplaceTempView("book")
book = con.table("book")
left = (book.billed - book.paid).cast("decimal(18, 2)").name("left")
query = con.compile(book.select(left))
spark_type = con.raw_sql(query).schema["left"].dataType.simpleString()
print("ibis", ibis.__version__, "pyspark", pyspark.__version__)
print("Ibis says ", left.type())
print("Spark says", spark_type)
print("the query has a CAST:", "CAST" in query)
same = str(left.type()) == "decimal(18, 2)" and spark_type == "decimal(19,2)" and "CAST" not in query
sys.exit(0 if same else 1)
PYTHON
