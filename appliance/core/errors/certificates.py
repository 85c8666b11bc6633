"""Certificates and what proves signatures: codes K540 to K549."""

from __future__ import annotations

from appliance.core.errors.kind import declare

CERTIFICATE_EXPIRED = declare(
    "K540",
    "Chứng thư số đã hết hạn ({reason}). Chưa ký tài liệu nào; hãy gia hạn chứng thư, hoặc kiểm tra đồng hồ của "
    "máy.",
    "The certificate has expired ({reason}). Nothing is signed with it; renew it, or check the host's clock.",
)
CERTIFICATE_NOT_YET = declare(
    "K541",
    "Chứng thư số chưa đến ngày có hiệu lực ({reason}). Hãy kiểm tra đồng hồ của máy, hoặc chờ đến ngày đó.",
    "The certificate is not valid yet ({reason}). Check the host's clock, or wait for that day.",
)
CERTIFICATE_REVOKED = declare(
    "K542",
    "Chứng thư số đã bị thu hồi ({reason}). Không được ký bằng chứng thư này; hãy xin cấp chứng thư mới.",
    "The certificate is revoked ({reason}). It must not be used any more. Ask the authority for a new one.",
)
CERTIFICATE_USAGE = declare(
    "K543",
    "Chứng thư số không được cấp để ký tài liệu ({reason}). Hãy dùng chứng thư có mục đích chống chối bỏ.",
    "The certificate was not issued for signing documents ({reason}). Use one for non-repudiation.",
)
ISSUER_UNKNOWN = declare(
    "K544",
    "Chứng thư số không dẫn đến tổ chức chứng thực được tin cậy ({reason}). Hãy bổ sung chứng thư gốc vào "
    "signing.trust.",
    "The certificate leads to no trusted authority ({reason}). Have IT staff add its root to signing.trust.",
)
CERTIFICATE_SELF_SIGNED = declare(
    "K545",
    "Chứng thư số tự ký, không do tổ chức chứng thực cấp. Hãy dùng chứng thư được cấp cho cơ quan hoặc người ký.",
    "The certificate is self-signed: no authority issued it. Use one that was issued to the office or the person.",
)
CERTIFICATE_WEAK = declare(
    "K546",
    "Chứng thư số dùng thuật toán hoặc khóa quá yếu ({reason}). Hãy xin cấp chứng thư RSA từ 2048 bit hoặc ECDSA "
    "từ 256 bit, SHA-256.",
    "The certificate uses a weak algorithm or key ({reason}). Ask the authority for one of RSA 2048 or ECDSA 256 "
    "bits or more with SHA-256.",
)
REVOCATION_UNKNOWN = declare(
    "K547",
    "Không hỏi được chứng thư số có bị thu hồi hay không ({reason}). Tài liệu được giữ, chưa ký; hệ thống sẽ tự "
    "thử lại; nếu kéo dài, hãy báo bộ phận CNTT.",
    "Nobody can say whether the certificate is revoked ({reason}). Documents wait, unsigned; it is tried again by "
    "itself. If this lasts, tell IT staff.",
    retry=True,
)
TRUST_UNREADABLE = declare(
    "K548",
    "Không đọc được chứng thư gốc {path} trong signing.trust ({reason}). Hãy đặt lại tệp PEM hoặc sửa cấu hình.",
    "The root {path} of signing.trust cannot be read ({reason}). Put the PEM file back or correct the setting.",
)
EVIDENCE_BROKEN = declare(
    "K549",
    "Bằng chứng {name} của chữ ký bị mất hoặc bị sửa ({reason}). Không sửa gì thêm; hãy báo bộ phận CNTT.",
    "Evidence {name} of a signature is missing or was altered ({reason}). Change nothing; tell IT staff.",
)
