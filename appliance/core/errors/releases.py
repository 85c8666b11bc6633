"""Releases on a host: codes H900 to H919."""

from __future__ import annotations

from appliance.core.errors.kind import declare

RELEASE_UNSIGNED = declare(
    "H900",
    "Bản phát hành {path} không có chữ ký mà máy này tin ({reason}). Không cài gì; hãy lấy lại bản phát hành từ "
    "nơi phát hành.",
    "The release {path} bears no signature that this host believes ({reason}). Nothing was installed. Take the "
    "release again from where it was made.",
)
RELEASE_UNFIT = declare(
    "H901",
    "Bản phát hành {version} không dành cho máy này ({reason}). Hãy lấy bản phát hành đúng.",
    "Release {version} is not for this host ({reason}). Install the release that fits.",
)
RELEASE_DAMAGED = declare(
    "H902",
    "Tệp {name} của bản phát hành bị hỏng hoặc thiếu. Không cài gì; hãy chép lại bản phát hành.",
    "File {name} of the release is damaged or missing. Nothing was installed. Take another copy of it.",
)
RELEASE_OLDER = declare(
    "H903",
    "Bản {version} cũ hơn bản đang chạy ({running}). Nếu thật sự muốn, hãy chạy lại với --allow-downgrade.",
    "Release {version} is older than the one that runs ({running}). Run it again with --allow-downgrade if that is "
    "meant.",
)
RELEASE_TOO_FAR = declare(
    "H904",
    "Không thể nâng cấp thẳng từ bản {running} lên {version}. Hãy cài bản {least} trước.",
    "There is no way from release {running} straight to {version}. Install release {least} first.",
)
RELEASE_CHANGED = declare(
    "H905",
    "Bản {version} đã có trên máy này và khác với bản vừa đưa tới. Một bản phát hành không bao giờ được sửa; hãy "
    "phát hành với số phiên bản mới.",
    "Release {version} lies on this host already and is another one. A release is never changed; give the new one "
    "another version.",
)
DISK_SMALL = declare(
    "H906",
    "Không đủ chỗ cho bản phát hành: cần {need} MB, còn {free} MB ở {path}. Hãy dọn đĩa (appliance release "
    "clean) rồi làm lại.",
    "There is no room for the release: it needs {need} MB and {path} has {free} MB. Clear some (appliance release "
    "clean), then run it again.",
    retry=True,
)
HOST_REFUSED = declare(
    "H907",
    "Bước {step} không thành công ({reason}). Hãy xử lý theo thông báo rồi làm lại; bản đang chạy không đổi.",
    "Step {step} failed ({reason}). What runs did not change. Mend what it says, then run it again.",
    retry=True,
)
RESTART_PUT_OFF = declare(
    "H908",
    "Máy đang quét một lượt giấy, chưa thể khởi động lại. Hãy làm lại khi lượt quét đã xong.",
    "A batch is being scanned, so nothing was restarted. Run it again when the batch has ended.",
    retry=True,
)
GATE_FAILED = declare(
    "H909",
    "Bản {version} không qua được bước kiểm tra ({reason}). Đã quay lại bản {before}; hãy gửi thông báo này cho "
    "nơi phát hành.",
    "Release {version} did not pass the gate ({reason}). The host went back to {before}. Tell those who made the "
    "release.",
)
RELEASE_KEYS_MISSING = declare(
    "H916",
    "Máy này chưa biết tin bản phát hành của ai ({path}: {reason}). Không cài gì; hãy đặt tệp release-keys vào đó, "
    "hoặc chỉ ra bằng --keys.",
    "This host does not know whose releases to believe ({path}: {reason}). Nothing was installed. Put the file "
    "release-keys there, or give one by --keys.",
)
NO_GENERATION = declare(
    "H910",
    "Máy này không có thế hệ {number}. Hãy xem 'appliance release list'.",
    "This host has no generation {number}. Look at 'appliance release list'.",
)
SETTINGS_REFUSED = declare(
    "H911",
    "Bản {version} không nhận tệp thiết lập mới ({reason}). Hãy sửa thiết lập rồi làm lại; bản đang chạy không "
    "đổi.",
    "Release {version} refuses the new settings ({reason}). What runs did not change. Mend the settings, then "
    "run it again.",
)
RELEASE_BUSY = declare(
    "H912",
    "Một lệnh 'appliance release' khác đang chạy trên máy này. Hãy đợi nó xong rồi làm lại.",
    "Another 'appliance release' runs on this host. Wait for its end, then run it again.",
    retry=True,
)
WAY_BACK_FAILED = declare(
    "H913",
    "Bản {version} không qua được bước kiểm tra ({reason}) và bản {before} không khởi động lại được ({second}). "
    "Hãy xem 'systemctl status appliance', rồi chạy 'appliance release rollback'.",
    "Release {version} did not hold ({reason}), and {before} does not start again ({second}). See 'systemctl "
    "status appliance', then run 'appliance release rollback'.",
)
NO_RELEASE = declare(
    "H914",
    "Bản {version} chưa được cài trên máy này. Hãy cài nó trước (appliance release install).",
    "Release {version} is not installed on this host. Install it first (appliance release install).",
)
LEDGER_BEYOND = declare(
    "H915",
    "Sổ của máy này đã sang cấu trúc mà bản {version} không đọc được (bản này biết tới {schema}, sổ đòi ít nhất "
    "{least}). Không đổi gì; hãy chọn một bản mới hơn.",
    "The ledger of this host has gone beyond what release {version} reads (it knows up to {schema}, the ledger "
    "wants at least {least}). Nothing was changed. Choose a newer release.",
)
