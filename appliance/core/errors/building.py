"""A release is made: codes H920 to H929."""

from __future__ import annotations

from appliance.core.errors.kind import declare

LOCK_STALE = declare(
    "H920",
    "Danh sách thư viện đã khóa ({path}) không khớp với pyproject.toml. Hãy chạy 'make release-lock', xem thay đổi "
    "rồi làm lại.",
    "The lock of libraries ({path}) does not fit pyproject.toml. Run 'make release-lock', look at what changed, "
    "then make the release again.",
)
TOOL_FAILED = declare(
    "H921",
    "Không làm được bản phát hành: {tool} báo lỗi ({reason}). Hãy sửa lỗi đó rồi chạy lại 'make release'.",
    "The release cannot be made: {tool} failed ({reason}). Mend that, then run 'make release' again.",
    retry=True,
)
WRONG_MACHINE = declare(
    "H922",
    "Bản phát hành phải được làm trên Debian 12 với Python {wanted} và bộ xử lý {machine}; ở đây là {found}. Hãy "
    "dùng máy như vậy.",
    "A release is made on Debian 12 with Python {wanted} on {machine}; this is {found}. Use such a machine.",
)
PACKAGE_GONE = declare(
    "H923",
    "Gói Debian {name} {version} không còn trong {path}, hoặc đã bị thay đổi. Hãy đặt lại thư mục đã giữ của bản "
    "phát hành đó, hoặc làm bản mới không dùng DEBIAN=.",
    "The Debian package {name} {version} does not lie in {path}, or is another one. Put the kept folder of that "
    "release back, or make a new one without DEBIAN=.",
)
LOCK_UNREADABLE = declare(
    "H924",
    "Không đọc được danh sách gói Debian {path} ({reason}). Hãy dùng tệp nằm cạnh bản phát hành trước.",
    "The lock of Debian packages {path} cannot be read ({reason}). Use the file that lies beside an earlier "
    "release.",
)
TREE_CHANGED = declare(
    "H925",
    "Thư mục mã nguồn có thay đổi chưa ghi nhận ({found}), nên bản phát hành không thể làm lại được. Hãy commit "
    "hoặc cất các thay đổi rồi làm lại; để thử, bỏ KEY=.",
    "The working copy has changes that no commit holds ({found}): nobody could make this release again. Give them "
    "a commit or take them away, then make the release again; for trials leave KEY= out.",
)
HASH_MISSING = declare(
    "H926",
    "Kho thư viện không cho mã băm của {name}, nên không khóa được. Hãy kiểm tra địa chỉ kho thư viện của pip.",
    "The registry tells no hash of {name}, so it cannot be locked. Check which registry pip asks.",
)
RELEASE_GIVEN = declare(
    "H927",
    "{path} đã có một bản {version} khác. Nếu bản đó đã trao cho máy nào thì hãy đặt số phiên bản mới "
    "(appliance/__init__.py); nếu chưa, hãy xóa thư mục đó rồi làm lại.",
    "Another release {version} lies in {path}. Where any host has it, give this one a new version "
    "(appliance/__init__.py); else remove that folder, then make the release again.",
)
