"""Has Microsoft's Hardware Dev Center sign a driver by attestation.

Usage: attest.py CABINET SIGNED_ZIP
Reads AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. Needs requests and azure-storage-blob.
"""
import os
import sys
import time

import requests
from azure.storage.blob import BlobClient

API = "https://manage.devcenter.microsoft.com"
AUTHORITY = "https://login.microsoftonline.com"
HARDWARE = API + "/v2.0/my/hardware"
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "15"))


def sign_in():
    """A session whose requests carry an access token."""
    answer = requests.post(
        f"{AUTHORITY}/{os.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": os.environ["AZURE_CLIENT_ID"],
            "client_secret": os.environ["AZURE_CLIENT_SECRET"],
            "scope": API + "/.default",
        },
        timeout=60,
    )
    answer.raise_for_status()
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + answer.json()["access_token"]
    return session


def call(session, method, url, **arguments):
    """The JSON of an answer; ends the program when it is a refusal."""
    answer = session.request(method, url, timeout=300, **arguments)
    if not answer.ok:
        sys.exit(f"{method} {url}: {answer.status_code}: {answer.text}")
    return answer.json() if answer.content else None


def download_url(submission, kind):
    """Where a file of this kind is, or None as long as there is none."""
    items = (submission.get("downloads") or {}).get("items") or []
    return next((item["url"] for item in items if item["type"].lower() == kind.lower()), None)


def main(cabinet, signed_zip):
    session = sign_in()
    product = call(
        session,
        "POST",
        HARDWARE + "/products",
        json={
            "productName": "Echo from Python",
            "testHarness": "attestation",
            "deviceType": "internalExternal",
            "requestedSignatures": ["WINDOWS_v100_X64_GE_FULL"],
        },
    )
    submissions = f"{HARDWARE}/products/{product['id']}/submissions"
    submission = call(session, "POST", submissions, json={"name": "Echo from Python", "type": "initial"})
    print("product", product["id"], "submission", submission["id"])

    with open(cabinet, "rb") as package:
        BlobClient.from_blob_url(download_url(submission, "initialPackage")).upload_blob(package, overwrite=True)

    address = f"{submissions}/{submission['id']}"
    call(session, "POST", address + "/commit")

    while True:
        submission = call(session, "GET", address)
        status = submission.get("workflowStatus") or {}
        print(status.get("currentStep"), status.get("state"))
        if status.get("state") == "failed":
            sys.exit("\n".join(status.get("messages") or ["The submission failed."]))
        signed = download_url(submission, "signedPackage")
        if signed is not None:
            break
        time.sleep(POLL_SECONDS)

    with open(signed_zip, "wb") as target:
        BlobClient.from_blob_url(signed).download_blob().readinto(target)
    print("signed", signed_zip)


main(*sys.argv[1:])
