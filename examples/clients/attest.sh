#!/bin/sh
# Has Microsoft's Hardware Dev Center sign a driver by attestation, with curl alone.
# Usage: attest.sh CABINET SIGNED_ZIP
# Reads AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.
set -eu
cabinet=$1
signed_zip=$2
hardware=https://manage.devcenter.microsoft.com/v2.0/my/hardware
authority=https://login.microsoftonline.com

# Leaves the answer in $answer; ends the script with the body of a refusal.
call() {
  answer=$(curl --silent --show-error --fail-with-body "$@") || {
    printf '%s\n' "$answer" >&2
    exit 1
  }
}

# The first number with this name in the answer.
number() { printf '%s\n' "$answer" | grep -o "\"$1\" *: *[0-9]*" | head -n 1 | grep -o '[0-9]*$'; }

# The URL of the download of this kind in the answer; nothing while there is none.
url() { printf '%s\n' "$answer" | grep -o "\"type\":\"$1\",\"url\":\"[^\"]*\"" | sed 's/.*"url":"//; s/"$//; s/\\u0026/\&/g'; }

# Secrets go through files: arguments are for every user of the machine to see.
private=$(mktemp -d)
trap 'rm -rf "$private"' EXIT
cat >"$private/form" <<END
data-urlencode = "grant_type=client_credentials"
data-urlencode = "client_id=$AZURE_CLIENT_ID"
data-urlencode = "client_secret=$AZURE_CLIENT_SECRET"
data-urlencode = "resource=https://manage.devcenter.microsoft.com"
END
call "$authority/$AZURE_TENANT_ID/oauth2/token" --config "$private/form"
headers=$private/headers
printf '%s\n' "$answer" | sed 's/.*"access_token" *: *"/Authorization: Bearer /; s/".*//' >"$headers"
json='Content-Type: application/json'

call "$hardware/products" -H "@$headers" -H "$json" --data '{
  "productName": "Echo from curl",
  "testHarness": "attestation",
  "deviceType": "internalExternal",
  "requestedSignatures": ["WINDOWS_v100_X64_GE_FULL"]
}'
product=$(number id)
call "$hardware/products/$product/submissions" -H "@$headers" -H "$json" \
  --data '{ "name": "Echo from curl", "type": "initial" }'
submission=$(number id)
echo "product $product submission $submission"

call --upload-file "$cabinet" -H 'x-ms-blob-type: BlockBlob' "$(url initialPackage)"

address=$hardware/products/$product/submissions/$submission
call --request POST "$address/commit" -H "@$headers" -H 'Content-Length: 0'

while :; do
  call "$address" -H "@$headers"
  signed=$(url signedPackage)
  if [ -n "$signed" ]; then break; fi
  case $answer in *'"state":"failed"'*)
    printf '%s\n' "$answer" >&2
    exit 1
    ;;
  esac
  sleep "${POLL_SECONDS:-15}"
done
call --output "$signed_zip" "$signed"
echo "signed $signed_zip"
