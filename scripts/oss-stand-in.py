#!/usr/bin/env python3
"""Plays Aliyun OSS for tests, in memory, on loopback. Needs Alibaba's own SDK (pip install oss2): every signature is computed
again by its code, V1 and V4, so that a mistake of ours is not repeated here.

    oss-stand-in.py PORT               serves, for the buckets of any name
    oss-stand-in.py --self-check PORT  proves it on a server that runs: the SDK's client is served, a wrong signature is not

Besides OSS's protocol it has a door for tests under /-/ :

    POST /-/faults           {"bucket", "on": operation or "*", "fault", "times": how often (-1: always), "seconds": of "slow"}
    GET  /-/buckets/NAME     objects, unfinished uploads, operations so far, refused signatures
    PUT  /-/buckets/NAME/age {"seconds"}: makes every object there that much older
    PUT  /-/buckets/NAME/objects [key…]: puts objects there

Faults: "503"; "slow"; "cut": the connection ends in the body; "no-answer": done, and then it ends; "partial": half is stored;
"wrong-bytes": something else is read than was stored.
"""
import base64
import collections
import datetime
import email.utils
import hashlib
import hmac
import json
import socket
import sys
import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

import oss2

REGION = "cn-hangzhou"
# access key id: secret, token
KEYS = {"test-id": ("test-secret", None), "sts-id": ("sts-secret", "sts-token")}
SMALLEST_PART = 100 * 1024
SKEW = 900


class Stored:
    def __init__(self, data, headers):
        self.data = data
        self.headers = headers
        self.modified = time.time()
        crc = oss2.utils.Crc64()
        crc.update(data)
        self.crc64 = crc.crc
        self.etag = '"%s"' % hashlib.md5(data).hexdigest().upper()


class Bucket:
    def __init__(self):
        self.objects = {}
        self.uploads = {}
        self.operations = collections.Counter()
        self.refused = 0
        self.faults = []


BUCKETS = collections.defaultdict(Bucket)
LOCK = threading.Lock()


class Request:
    """What the SDK's signers look at."""

    def __init__(self, method, headers, params):
        self.method, self.headers, self.params = method, headers, params
        self.region, self.product, self.cloudbox_id = REGION, "oss", None


class Refused(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


def signature_v4(key_id, request, bucket, key, additional, at):
    auth = oss2.AuthV4(key_id, KEYS[key_id][0])
    sign = auth._ProviderAuthV4__make_signature
    return sign(request, bucket, key, additional, auth.credentials_provider.get_credentials(), at)


def signature_v1(key_id, request, bucket, key):
    auth = oss2.Auth(key_id, KEYS[key_id][0])
    sign = auth._ProviderAuth__make_signature
    return sign(request, bucket, key, auth.credentials_provider.get_credentials())


def check(method, bucket, key, headers, params):
    """Refuses what OSS would: by the rules of the version that the request names."""
    given = headers.get("authorization", "")
    if given.startswith("OSS4-HMAC-SHA256 "):
        fields = dict(f.strip().split("=", 1) for f in given.split(" ", 1)[1].split(","))
        if "x-oss-content-sha256" not in headers:
            raise Refused(400, "InvalidArgument")
        token = headers.get("x-oss-security-token")
        check_v4(method, bucket, key, headers, params, fields["Credential"], headers["x-oss-date"], SKEW,
                 fields.get("AdditionalHeaders", ""), token, fields["Signature"])
    elif params.get("x-oss-signature-version") == "OSS4-HMAC-SHA256":
        seconds = int(params["x-oss-expires"])
        if not 0 < seconds <= 7 * 24 * 3600:
            raise Refused(400, "AuthorizationQueryParametersError")
        signed = {n: v for n, v in params.items() if n != "x-oss-signature"}
        token = params.get("x-oss-security-token")
        check_v4(method, bucket, key, headers, signed, params["x-oss-credential"], params["x-oss-date"], seconds,
                 params.get("x-oss-additional-headers", ""), token, params["x-oss-signature"])
    elif "Signature" in params:
        if int(params["Expires"]) < time.time():
            raise Refused(403, "AccessDenied")
        # the SDK signs the end of the link in the place of the date
        as_signed = {n: v for n, v in headers.items() if n != "x-oss-date"} | {"date": params["Expires"]}
        signed = {n: v for n, v in params.items() if n not in ("Signature", "Expires", "OSSAccessKeyId")}
        check_v1(method, bucket, key, as_signed, signed, params["OSSAccessKeyId"], params.get("security-token"), params["Signature"])
    elif given.startswith("OSS "):
        key_id, _, signature = given[4:].partition(":")
        date = email.utils.parsedate_to_datetime(headers.get("x-oss-date") or headers["date"])
        if abs(time.time() - date.timestamp()) > SKEW:
            raise Refused(403, "RequestTimeTooSkewed")
        check_v1(method, bucket, key, headers, params, key_id, headers.get("x-oss-security-token"), signature)
    else:
        raise Refused(403, "AccessDenied")


def check_v4(method, bucket, key, headers, params, credential, at, seconds, additional, token, given):
    key_id, day, region, product, kind = credential.split("/")
    if (day, region, product, kind) != (at[:8], REGION, "oss", "aliyun_v4_request"):
        raise Refused(400, "InvalidArgument")
    known(key_id, token)
    begin = datetime.datetime.strptime(at, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    if not begin - SKEW <= time.time() <= begin + seconds:
        raise Refused(403, "AccessDenied")
    request = Request(method, headers, params)
    if not hmac.compare_digest(given, signature_v4(key_id, request, bucket, key, additional.split(";") if additional else [], at)):
        raise Refused(403, "SignatureDoesNotMatch")


def check_v1(method, bucket, key, headers, params, key_id, token, given):
    known(key_id, token)
    if not hmac.compare_digest(given, signature_v1(key_id, Request(method, headers, params), bucket, key)):
        raise Refused(403, "SignatureDoesNotMatch")


def known(key_id, token):
    if key_id not in KEYS:
        raise Refused(403, "InvalidAccessKeyId")
    if token != KEYS[key_id][1]:
        raise Refused(403, "InvalidSecurityToken" if token else "InvalidAccessKeyId")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", headers=None, cut=False):
        self.send_response(status)
        self.send_header("x-oss-request-id", uuid.uuid4().hex[:24].upper())
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.hang_up()

    def xml(self, status, body, headers=None):
        text = '<?xml version="1.0" encoding="UTF-8"?>\n' + body
        self.answer(status, text.encode(), {"Content-Type": "application/xml"} | (headers or {}))

    def hang_up(self):
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def body(self, share=1.0):
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(int(length * share))

    def handle_one(self):
        path = urlsplit(self.path)
        if path.path.startswith("/-/"):
            return self.door(path.path)
        host = (self.headers.get("Host") or "").split(":")[0]
        first, _, rest = unquote(path.path)[1:].partition("/")
        # an address or "localhost" is path style, anything else begins with the bucket
        if host.replace(".", "").isdigit() or host == "localhost":
            bucket, key = first, rest
        else:
            bucket, key = host.split(".")[0], unquote(path.path)[1:]
        params = dict(parse_qsl(path.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        operation = self.operation(key, params)
        with LOCK:
            here = BUCKETS[bucket]
            here.operations[operation] += 1
            fault = next((f for f in here.faults if f["on"] in ("*", operation) and f["times"] != 0), None)
            if fault:
                fault["times"] -= 1
        fault = fault or {"fault": ""}
        if fault["fault"] == "cut" and self.command in ("PUT", "POST"):
            self.body(0.5)
            return self.hang_up()
        data = self.body()
        try:
            check(self.command, bucket, key, headers, params)
        except Refused as refused:
            with LOCK:
                here.refused += 1
            return self.refuse(refused.status, refused.code)
        except (KeyError, ValueError, TypeError):
            return self.refuse(400, "InvalidArgument")
        if fault["fault"] == "503":
            return self.refuse(503, "ServiceUnavailable")
        if fault["fault"] == "slow":
            time.sleep(fault["seconds"])
        md5 = headers.get("content-md5")
        if md5 and base64.b64encode(hashlib.md5(data).digest()).decode() != md5:
            return self.refuse(400, "InvalidDigest")
        if fault["fault"] == "partial":
            data = data[: len(data) // 2]
        if fault["fault"] == "no-answer":
            self.answer = lambda *a, **k: self.hang_up()
        with LOCK:
            return getattr(self, operation)(here, key, params, headers, data, fault["fault"])

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

    def operation(self, key, params):
        if not key:
            return "ListObjects" if self.command == "GET" and params.get("list-type") == "2" else "Unknown"
        if self.command == "POST":
            return "Initiate" if "uploads" in params else "Complete" if "uploadId" in params else "Unknown"
        if self.command == "DELETE":
            return "Abort" if "uploadId" in params else "DeleteObject"
        if self.command == "PUT":
            return "UploadPart" if "partNumber" in params else "PutObject"
        return {"GET": "GetObject", "HEAD": "HeadObject"}[self.command]

    def refuse(self, status, code):
        self.xml(status, f"<Error><Code>{code}</Code><Message>stand-in</Message></Error>")

    def Unknown(self, *_):
        self.refuse(405, "MethodNotAllowed")

    def PutObject(self, here, key, params, headers, data, fault):
        if headers.get("x-oss-server-side-encryption") not in (None, "AES256", "KMS", "SM4"):
            return self.refuse(400, "InvalidEncryptionAlgorithmError")
        stored = here.objects[key] = Stored(data, headers)
        self.answer(200, headers={"ETag": stored.etag, "x-oss-hash-crc64ecma": str(stored.crc64)})

    def GetObject(self, here, key, params, headers, data, fault):
        stored = here.objects.get(key)
        if stored is None:
            return self.refuse(404, "NoSuchKey")
        told = {
            "ETag": stored.etag,
            "x-oss-hash-crc64ecma": str(stored.crc64),
            "Last-Modified": email.utils.formatdate(stored.modified, usegmt=True),
            "Content-Type": stored.headers.get("content-type", "application/octet-stream"),
        }
        if "response-content-disposition" in params:
            told["Content-Disposition"] = params["response-content-disposition"]
        content, status = stored.data, 200
        if fault == "wrong-bytes" and content:
            content = bytes([content[0] ^ 1]) + content[1:]
        wanted = headers.get("range", "")
        if wanted.startswith("bytes=") and wanted.endswith("-"):
            begin = int(wanted[6:-1])
            if begin >= len(content):
                return self.refuse(416, "InvalidRange")
            told["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
            content, status = content[begin:], 206
        self.answer(status, content, told, cut=fault == "cut")

    HeadObject = GetObject

    def DeleteObject(self, here, key, params, headers, data, fault):
        here.objects.pop(key, None)
        self.answer(204)

    def ListObjects(self, here, key, params, headers, data, fault):
        names = sorted(n for n in here.objects if n.startswith(params.get("prefix", "")) and n > params.get("start-after", ""))
        most = int(params.get("max-keys", "100"))
        lines = [f"<IsTruncated>{str(len(names) > most).lower()}</IsTruncated>"]
        for name in names[:most]:
            stored = here.objects[name]
            at = datetime.datetime.fromtimestamp(stored.modified, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            lines.append(
                f"<Contents><Key>{escape(name)}</Key><LastModified>{at}</LastModified><ETag>{escape(stored.etag)}</ETag>"
                f"<Type>Normal</Type><Size>{len(stored.data)}</Size><StorageClass>Standard</StorageClass></Contents>"
            )
        self.xml(200, f"<ListBucketResult>{''.join(lines)}</ListBucketResult>")

    def Initiate(self, here, key, params, headers, data, fault):
        upload = uuid.uuid4().hex.upper()
        here.uploads[upload] = (key, headers, {})
        self.xml(200, f"<InitiateMultipartUploadResult><Key>{escape(key)}</Key><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")

    def UploadPart(self, here, key, params, headers, data, fault):
        if params["uploadId"] not in here.uploads:
            return self.refuse(404, "NoSuchUpload")
        part = Stored(data, headers)
        here.uploads[params["uploadId"]][2][int(params["partNumber"])] = part
        self.answer(200, headers={"ETag": part.etag, "x-oss-hash-crc64ecma": str(part.crc64)})

    def Complete(self, here, key, params, headers, data, fault):
        if params["uploadId"] not in here.uploads:
            return self.refuse(404, "NoSuchUpload")
        _, first, parts = here.uploads[params["uploadId"]]
        try:
            asked = [(int(p.findtext("PartNumber")), p.findtext("ETag")) for p in ElementTree.fromstring(data)]
        except ElementTree.ParseError:
            return self.refuse(400, "MalformedXML")
        if any(n not in parts or parts[n].etag.strip('"') != tag.strip('"') for n, tag in asked):
            return self.refuse(400, "InvalidPart")
        if asked != sorted(asked):
            return self.refuse(400, "InvalidPartOrder")
        if any(len(parts[n].data) < SMALLEST_PART for n, _ in asked[:-1]):
            return self.refuse(400, "EntityTooSmall")
        del here.uploads[params["uploadId"]]
        stored = here.objects[key] = Stored(b"".join(parts[n].data for n, _ in asked), first)
        stored.etag = f'"{uuid.uuid4().hex.upper()}-{len(asked)}"'
        self.xml(
            200,
            f"<CompleteMultipartUploadResult><Key>{escape(key)}</Key><ETag>{stored.etag}</ETag></CompleteMultipartUploadResult>",
            {"ETag": stored.etag, "x-oss-hash-crc64ecma": str(stored.crc64)},
        )

    def Abort(self, here, key, params, headers, data, fault):
        if here.uploads.pop(params["uploadId"], None) is None:
            return self.refuse(404, "NoSuchUpload")
        self.answer(204)

    def door(self, path):
        data = json.loads(self.body() or b"null")
        name = path.split("/")[3] if path.count("/") > 2 else ""
        with LOCK:
            if path == "/-/faults":
                BUCKETS[data["bucket"]].faults = [{"seconds": 0} | data] if data["fault"] else []
                return self.answer(204)
            here = BUCKETS[name]
            if path.endswith("/age"):
                for stored in here.objects.values():
                    stored.modified -= data["seconds"]
                return self.answer(204)
            if path.endswith("/objects"):
                here.objects |= {key: Stored(b"x", {}) for key in data}
                return self.answer(204)
            told = {
                "objects": {
                    key: {"length": len(o.data), "sha256": hashlib.sha256(o.data).hexdigest(), "headers": o.headers}
                    for key, o in here.objects.items()
                },
                "uploads": len(here.uploads),
                "operations": here.operations,
                "refused": here.refused,
            }
        self.answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):
        pass


def self_check(port):
    import requests

    endpoint, key = f"http://127.0.0.1:{port}", "报名/百佳 新媒体+#?&%.txt"
    for auth, region in [
        (oss2.Auth("test-id", "test-secret"), None),
        (oss2.AuthV4("test-id", "test-secret"), REGION),
        (oss2.StsAuth("sts-id", "sts-secret", "sts-token", auth_version="v1"), None),
        (oss2.StsAuth("sts-id", "sts-secret", "sts-token", auth_version="v4"), REGION),
    ]:
        bucket = oss2.Bucket(auth, endpoint, "self-check", region=region)
        bucket.put_object(key, "你好".encode(), headers={"x-oss-meta-a": "1", "x-oss-meta-b": "2", "Content-Type": "text/plain"})
        assert bucket.get_object(key).read() == "你好".encode()
        assert bucket.head_object(key).content_length == 6
        upload = bucket.init_multipart_upload(key).upload_id
        parts = [b"1" * SMALLEST_PART, b"2"]
        done = [oss2.models.PartInfo(n, bucket.upload_part(key, upload, n, p).etag) for n, p in enumerate(parts, 1)]
        bucket.complete_multipart_upload(key, upload, done)
        assert bucket.get_object(key).read() == b"".join(parts)
        assert [o.key for o in bucket.list_objects_v2(prefix="报名/").object_list] == [key]
        link = bucket.sign_url("GET", key, 60, slash_safe=True)
        assert requests.get(link).content == b"".join(parts)
        longer = link.replace("x-oss-expires=60", "x-oss-expires=61").replace("Expires=1", "Expires=2")
        assert requests.get(longer).status_code == 403
        bucket.delete_object(key)
        assert not bucket.object_exists(key)
    for auth, region in [(oss2.Auth("test-id", "wrong"), None), (oss2.AuthV4("test-id", "wrong"), REGION)]:
        try:
            oss2.Bucket(auth, endpoint, "self-check", region=region).get_object(key)
        except oss2.exceptions.ServerError as error:
            assert (error.status, error.code) == (403, "SignatureDoesNotMatch"), error
        else:
            raise AssertionError("a wrong secret was taken")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--self-check":
        self_check(int(sys.argv[2]))
    elif len(sys.argv) == 2:
        Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    else:
        sys.exit(__doc__)
