#!/bin/sh
# Signs a driver with curl alone. Usage: attest.sh CABINET SIGNED_ZIP
# Reads ASSAY_URL, ASSAY_TENANT, ASSAY_CLIENT_ID and ASSAY_CLIENT_SECRET.
set -eu
cabinet=$1
signed_zip=$2
hardware=$ASSAY_URL/v2.0/my/hardware
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# expect STATUS CURL-ARGUMENTS...: the answer must have exactly this status; its body is left in $answer.
expect() {
  wanted=$1
  shift
  status=$(curl --silent --show-error --output "$answer" --write-out '%{http_code}' "$@")
  if [ "$status" != "$wanted" ]; then
    echo "$status, not $wanted: $*" >&2
    cat "$answer" >&2
    exit 1
  fi
}

# first NAME: the first number with this name in the answer.
first() {
  grep -o "\"$1\":[0-9]*" "$answer" | head -n 1 | cut -d : -f 2
}

# url TYPE: the address of this download.
url() {
  grep -o "\"type\":\"$1\",\"url\":\"[^\"]*\"" "$answer" | head -n 1 | sed 's/.*"url":"//; s/"$//'
}

expect 200 "$ASSAY_URL/$ASSAY_TENANT/oauth2/token" \
  --data-urlencode grant_type=client_credentials \
  --data-urlencode "client_id=$ASSAY_CLIENT_ID" \
  --data-urlencode "client_secret=$ASSAY_CLIENT_SECRET" \
  --data-urlencode resource=https://manage.devcenter.microsoft.com
token=$(sed 's/.*"access_token":"//; s/".*//' "$answer")
authorization="Authorization: bearer $token"
json='Content-Type: application/json'

expect 201 "$hardware/products/" -H "$authorization" -H "$json" \
  -d '{"productName":"Echo from curl","testHarness":"Attestation","requestedSignatures":["WINDOWS_v100_X64_GE_FULL"]}'
product=$(first id)
expect 201 "$hardware/products/$product/submissions/" -H "$authorization" -H "$json" \
  -d '{"name":"Echo from curl","type":"Initial"}'
submission=$hardware/products/$product/submissions/$(first id)
upload=$(url initialPackage)
expect 201 -X PUT -H 'x-ms-blob-type: BlockBlob' --data-binary "@$cabinet" "$upload"

# What -d announces by itself is a form, which the API refuses; without the header it is a POST without a body.
expect 415 "$submission/commit" -H "$authorization" -d ''
expect 202 "$submission/commit/" -H "$authorization" -H 'Content-Type:' -d ''

while :; do
  expect 200 "$submission/" -H "$authorization" -H "$json"
  if grep -q '"state":"failed"' "$answer"; then
    cat "$answer" >&2
    exit 1
  fi
  if grep -q '"currentStep":"finalizeIngestion","state":"completed"' "$answer"; then break; fi
  sleep 0.1
done
signed=$(url signedPackage)
expect 200 --head "$signed"
expect 206 --range 0-3 "$signed"
curl --silent --show-error --fail --output "$signed_zip" "$signed"
