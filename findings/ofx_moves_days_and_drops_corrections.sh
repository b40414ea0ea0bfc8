#!/bin/sh
# ofxparse 0.21 and ofxtools 1.1.1 on one valid bank statement (OFX 1.0.2, SGML). Money that a bank of New York posts on 29 February at
# 20:00 (20240229200000[-5:EST]) is of 1 March for both: the offset is taken off, and what ofxparse returns carries no zone that would
# tell. The name of a zone is optional in OFX; where it is left out ([-5]) ofxparse leaves the offset unheeded, so the same minute is of
# 29 February again: a payment moves over a month-end by how its bank writes the zone. A correction (CORRECTFITID, CORRECTACTION REPLACE)
# is one more credit to ofxparse, which keeps neither field: 100.00 corrected to 10.00 becomes 110.00. ofxtools keeps both fields.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ofxparse==0.21 ofxtools==1.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import io
import sys
from decimal import Decimal

import ofxparse
from ofxtools.Parser import OFXTree

HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
STATUS = "<STATUS><CODE>0<SEVERITY>INFO</STATUS>"


def credit(posted: str, amount: str, number: str, correction: str = "") -> str:
    """Money received."""
    return f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{posted}<TRNAMT>{amount}<FITID>{number}{correction}<NAME>PAYER</STMTTRN>"


credits = (
    credit("20240229", "100.00", "wrong"),
    credit("20240229", "10.00", "right", "<CORRECTFITID>wrong<CORRECTACTION>REPLACE"),
    credit("20240229200000[-5:EST]", "1.00", "named"),
    credit("20240229200000[-5]", "2.00", "unnamed"),
)
statement = (
    f"{HEADER}<OFX><SIGNONMSGSRSV1><SONRS>{STATUS}<DTSERVER>20240301<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>"
    f"<BANKMSGSRSV1><STMTTRNRS><TRNUID>1{STATUS}<STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM>"
    f"<BANKTRANLIST><DTSTART>20240201<DTEND>20240301{''.join(credits)}</BANKTRANLIST>"
    "<LEDGERBAL><BALAMT>13.00<DTASOF>20240301</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
).encode()

one = {row.id: row for row in ofxparse.OfxParser.parse(io.BytesIO(statement)).account.statement.transactions}
tree = OFXTree()
tree.parse(io.BytesIO(statement))
two = {row.fitid: row for row in tree.convert().statements[0].transactions}

counted = sum((one[name].amount for name in ("wrong", "right")), Decimal(0))
kept = [name for name in vars(one["right"]) if "correct" in name.lower()]
days = {name: (str(one[name].date), str(two[name].dtposted)) for name in ("named", "unnamed")}
print("ofxparse", importlib.metadata.version("ofxparse"), "100.00 corrected to 10.00, counted", counted, "fields that tell", kept)
print("ofxtools", importlib.metadata.version("ofxtools"), "tells", two["right"].correctaction, "of", two["right"].correctfitid)
print("posted on 29 February at 20:00, ofxparse and ofxtools:", days)
expected = {
    "named": ("2024-03-01 01:00:00", "2024-03-01 01:00:00+00:00"),
    "unnamed": ("2024-02-29 20:00:00", "2024-03-01 01:00:00+00:00"),
}
told = two["right"].correctaction == "REPLACE" and two["right"].correctfitid == "wrong"
sys.exit(0 if counted == Decimal("110.00") and not kept and days == expected and told else 1)
PYTHON
