#!/bin/sh
# ruamel.yaml 0.19.1: with ruamel.yaml.clib 0.2.15 beside it, `YAML(typ="safe")` refuses valid YAML that it reads without.
#
# The package of C code is an accelerator; `typ="safe"` uses it wherever it is installed. It brings a libyaml of old, which takes no
# colon within a plain value between braces or brackets: {uri: http://host} and [a:b] end in a ScannerError. DVC reads params.yaml
# this way, and says that the file's structure is corrupted. PyYAML, with its own libyaml, reads both.
# Seen: without it {'uri': 'http://host'}; with it "ScannerError ... found unexpected ':'".
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check ruamel.yaml==0.19.1 PyYAML==6.0.3
cat > "$place/read.py" <<'PY'
from ruamel.yaml import YAML, YAMLError

for text in ("register: {uri: http://host}", "ratios: [a:b]"):
    try:
        print(YAML(typ="safe").load(text))
    except YAMLError as error:
        print(type(error).__name__)
PY
"$place/venv/bin/python" "$place/read.py" > "$place/without.txt"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check ruamel.yaml.clib==0.2.15
"$place/venv/bin/python" "$place/read.py" > "$place/with.txt"
if [ "$(cat "$place/without.txt")" != "{'register': {'uri': 'http://host'}}
{'ratios': ['a:b']}" ]; then echo "CHANGED: without the package of C code"; cat "$place/without.txt"; exit 1; fi
if [ "$(cat "$place/with.txt")" != "ScannerError
ScannerError" ]; then echo "CHANGED: with the package of C code"; cat "$place/with.txt"; exit 1; fi
"$place/venv/bin/python" -c 'import yaml; assert yaml.load("{uri: http://host}", yaml.CSafeLoader) == {"uri": "http://host"}'
echo "as described: the accelerator refuses what the plain reader reads"
