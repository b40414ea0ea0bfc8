#!/bin/sh
# pycamt 1.1.1 and bankstatementparser 0.0.29 on one valid CAMT.053 statement (camt.053.001.02). A batch of two whose parts carry no
# amount of their own, which the standard allows: pycamt counts the 150.00 of the entry once for each part (300.00). A pending entry
# (PDNG) and the return of an own payment (CRDT with RvslInd) are plain credits to bankstatementparser, which keeps neither status nor
# indicator, so nothing downstream can tell them from customers' money. Booked credits of customers are 250.00.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pycamt==1.1.1 bankstatementparser==0.0.29
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
from decimal import Decimal
from pathlib import Path

from bankstatementparser import CamtParser
from pycamt.parser import Camt053Parser


def entry(amount: str, status: str, number: str, reversal: str = "", details: str = "") -> str:
    """A credit on the account."""
    days = "<BookgDt><Dt>2024-02-29</Dt></BookgDt><ValDt><Dt>2024-02-29</Dt></ValDt>"
    code = "<BkTxCd><Prtry><Cd>166</Cd></Prtry></BkTxCd>"
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>{reversal}<Sts>{status}</Sts>{days}'
        f"<AcctSvcrRef>{number}</AcctSvcrRef>{code}{details}</Ntry>"
    )


def statement(*entries: str) -> bytes:
    """A document of one statement."""
    balance = '<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-02-29</Dt></Dt></Bal>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M</MsgId><CreDtTm>2024-02-29T20:00:00</CreDtTm></GrpHdr><Stmt><Id>S</Id><CreDtTm>2024-02-29T20:00:00</CreDtTm>"
        "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balance.format('OPBD')}{balance.format('CLBD')}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def part(name: str) -> str:
    """A transaction of a batch, without an amount of its own."""
    return f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs></TxDtls>"


batch = f"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{part('R-2')}{part('R-3')}</NtryDtls>"
rows = Camt053Parser(statement(entry("100.00", "BOOK", "A1"), entry("150.00", "BOOK", "A2", details=batch))).get_transactions()
total = sum(Decimal(row["Amount"]) for row in rows)
print("pycamt", importlib.metadata.version("pycamt"), "booked 250.00, counted", total)

Path("s.xml").write_bytes(
    statement(
        entry("250.00", "BOOK", "A1"),
        entry("500.00", "PDNG", "A2"),
        entry("40.00", "BOOK", "A3", reversal="<RvslInd>true</RvslInd>"),
    )
)
table = CamtParser("s.xml").parse()
credits = sum(Decimal(str(one)) for one in table["Amount"])
told = [name for name in table.columns if "rvsl" in name.lower() or "revers" in name.lower() or "sts" in name.lower() or "status" in name.lower()]
print("bankstatementparser", importlib.metadata.version("bankstatementparser"), "booked 250.00, credits", credits, "columns that tell", told)
sys.exit(0 if total == Decimal("400.00") and credits == Decimal("790.00") and not told else 1)
PYTHON
