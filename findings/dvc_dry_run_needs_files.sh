#!/bin/sh
# DVC 3.67.1: `dvc repro --dry` and `dvc exp run --dry` fail on a pipeline that has never run.
#
# A dry run looks for the files of stages that it only pretends to run: the second stage's input is not there yet, and the
# command ends with "failed to reproduce 'b': [Errno 2] No such file or directory: ...". With --force it lists both stages.
# Seen: "Running stage 'a'", then the error and exit code 255; with --force both stages and exit code 0.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check dvc==3.67.1
cd "$place"
mkdir project && cd project
git init --quiet
"$place/venv/bin/dvc" init --quiet
cat > dvc.yaml <<'YAML'
stages:
  a: {cmd: echo 1 > a.txt, outs: [a.txt]}
  b: {cmd: cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}
YAML
export DVC_NO_ANALYTICS=1
if "$place/venv/bin/dvc" repro --dry > dry.txt 2>&1; then
  echo "CHANGED: the dry run of a pipeline that never ran comes to its end"; cat dry.txt; exit 1
fi
grep -q "failed to reproduce 'b'" dry.txt
grep -q "No such file or directory" dry.txt
"$place/venv/bin/dvc" repro --dry --force > forced.txt 2>&1
grep -q "Running stage 'a'" forced.txt
grep -q "Running stage 'b'" forced.txt
"$place/venv/bin/dvc" repro --quiet
"$place/venv/bin/dvc" repro --dry > after.txt 2>&1
echo "as described: a dry run needs the files of an earlier run, or --force"
