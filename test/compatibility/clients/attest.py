"""Signs a driver as an attestation client in Python does: requests for the API, azure-storage-blob for the package.

Usage: attest.py CABINET SIGNED_ZIP
Reads ASSAY_URL, ASSAY_TENANT, ASSAY_CLIENT_ID and ASSAY_CLIENT_SECRET.
"""
import os
import sys
import time

import requests
from azure.storage.blob import BlobClient

cabinet, signed_zip = sys.argv[1:]
root = os.environ["ASSAY_URL"]
hardware = root + "/v2.0/my/hardware"


def expect(answer, status):
    """The JSON of an answer that must have exactly this status."""
    if answer.status_code != status:
        sys.exit(f"{answer.request.method} {answer.url}: {answer.status_code}, not {status}: {answer.text}")
    return answer.json() if answer.content else None


# The form is one string as it stands: nothing in it is encoded, and requests announces no type for a string.
form = (
    "grant_type=client_credentials"
    f"&client_id={os.environ['ASSAY_CLIENT_ID']}"
    f"&client_secret={os.environ['ASSAY_CLIENT_SECRET']}"
    "&resource=https://manage.devcenter.microsoft.com"
)
token_answer = requests.post(f"{root}/{os.environ['ASSAY_TENANT']}/oauth2/token", data=form)
assert "Content-Type" not in token_answer.request.headers
token = expect(token_answer, 200)["access_token"]
headers = {"Authorization": f"Bearer {token}"}

product = expect(
    requests.post(
        hardware + "/products/",
        headers=headers,
        json={
            "productName": "Echo from Python",
            "testHarness": "attestation",
            "deviceType": "internal",
            "deviceMetadataIds": [],
            "firmwareVersion": "0",
            "isTestSign": False,
            "isFlightSign": False,
            "marketingNames": [],
            "selectedProductTypes": {},
            "requestedSignatures": ["WINDOWS_v100_X64_GE_FULL"],
            "additionalAttributes": None,
        },
    ),
    201,
)
submissions = f"{hardware}/products/{product['id']}/submissions"
submission = expect(
    requests.post(submissions + "/", headers=headers, json={"name": "Echo from Python", "type": "initial"}), 201
)
uploads = [item["url"] for item in submission["downloads"]["items"] if item["type"] == "initialPackage"]
with open(cabinet, "rb") as stream:
    # Small blocks, so that the package goes in several of them.
    client = BlobClient.from_blob_url(uploads[0], max_single_put_size=1024, max_block_size=2048)
    client.upload_blob(stream)

address = f"{submissions}/{submission['id']}"
commit = requests.post(address + "/commit", headers=headers)
assert "Content-Type" not in commit.request.headers
expect(commit, 202)

while True:
    submission = expect(requests.get(address, headers=headers), 200)
    status = submission["workflowStatus"]
    print(status["currentStep"], status["state"])
    if status["state"] == "failed":
        sys.exit("; ".join(status["messages"]))
    if status["currentStep"] == "finalizeIngestion" and status["state"] == "completed":
        break
    time.sleep(0.05)

urls = {item["type"]: item["url"] for item in submission["downloads"]["items"]}
# Small ranges, so that the package comes in several of them.
download = BlobClient.from_blob_url(urls["signedPackage"], max_single_get_size=1024, max_chunk_get_size=1024)
with open(signed_zip, "wb") as stream:
    download.download_blob().readinto(stream)
