"""The road by S3: codes A613 to A615. Nothing here is the package's fault, so all of it waits and tries again."""

from __future__ import annotations

from appliance.core.errors.kind import declare

S3_LIBRARY_MISSING = declare(
    "A613",
    "Chưa cài thư viện boto3 để gửi qua S3. Gói tin được giữ; hãy cài gói scanner-appliance[s3].",
    "The library boto3 for S3 is not installed. Packages are kept; install scanner-appliance[s3].",
    retry=True,
)
S3_CREDENTIAL_MISSING = declare(
    "A614",
    "Không đọc được khóa truy cập S3 ({name}). Gói tin được giữ; hãy cài systemd credential này.",
    "The S3 access credential {name} cannot be read. Packages are kept; provision this systemd credential.",
    retry=True,
)
S3_SETTINGS_INVALID = declare(
    "A615",
    "Cấu hình S3 không dùng được ({reason}). Gói tin được giữ; hãy sửa mục archive.s3.",
    "The settings for S3 cannot be used ({reason}). Packages are kept; mend the section archive.s3.",
    retry=True,
)
