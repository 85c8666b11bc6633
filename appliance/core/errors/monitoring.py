"""What only the monitoring team is told, by alerts: codes M800 to M839."""

from __future__ import annotations

from appliance.core.errors.kind import declare

MONITORING_LIVES = declare(
    "M800",
    "Tín hiệu giám sát còn sống. Khi tín hiệu này mất, hãy kiểm tra ngay máy chủ giám sát.",
    "Sign of life of the monitoring. When it stops, check the monitoring servers at once.",
)
PROMISE_BURNS = declare(
    "M801",
    "Trong tỉnh có quá nhiều hồ sơ trễ hẹn. Hãy xem phần thời gian nào dài ra: máy, người, dấu thời gian hay mạng.",
    "Too many dossiers of a province are late. Look which share of the time grew: machine, person, time stamp, "
    "network.",
)
OFFICE_SILENT = declare(
    "M803",
    "Không nhận được số liệu của văn phòng. Hãy kiểm tra đường truyền, điện và máy chủ quét của văn phòng.",
    "Nothing is heard of an office. Check its network, its power and its scanner host.",
)
PROVINCE_SILENT = declare(
    "M804",
    "Phần lớn văn phòng của một tỉnh không gửi số liệu. Hãy kiểm tra đường truyền của tỉnh trước từng văn phòng.",
    "Most offices of a province are silent. Check the province's network before any single office.",
)
FLEET_SILENT = declare(
    "M805",
    "Phần lớn văn phòng cả nước không gửi số liệu. Hãy kiểm tra máy chủ giám sát và đường truyền trung tâm.",
    "Most offices of the country are silent. Check the monitoring servers and the centre's network.",
)
OFFICE_NOT_LISTED = declare(
    "M806",
    "Một văn phòng gửi số liệu nhưng không có trong danh sách. Hãy sửa danh sách văn phòng hoặc mã văn phòng "
    "trên máy.",
    "An office that is not on the list sends metrics. Correct the list of offices or the code on that host.",
)
APPLIANCE_DOWN = declare(
    "M807",
    "Dịch vụ quét không trả lời trên máy chủ quét. Hãy xem systemctl status appliance và nhật ký.",
    "The appliance does not answer on its host. See systemctl status appliance, and its journal.",
)
ARCHIVE_DOWN = declare(
    "M808",
    "Kho lưu trữ không trả lời. Hãy xem systemctl status appliance-receiver và nhật ký.",
    "The archive does not answer. See systemctl status appliance-receiver, and its journal.",
)
SIDES_NOT_RECONCILED = declare(
    "M809",
    "Số mặt giấy đã quét không khớp với sổ cái. Không xóa gì, giữ giấy lại; hãy báo bộ phận phát triển ngay.",
    "Captured sides and the ledger do not agree. Delete nothing, keep the paper; tell the developers at once.",
)
DEFINITIONS_OLD = declare(
    "M810",
    "Dữ liệu nhận biết mã độc đã cũ. Hãy kiểm tra freshclam hoặc nguồn cập nhật nội bộ.",
    "The definitions of harmful code are old. Check freshclam, or the local mirror.",
)
PART_WORN = declare(
    "M811",
    "Một bộ phận của máy quét sắp hết tuổi thọ. Hãy thay rồi ghi nhận bằng 'appliance consumables reset'.",
    "A part of a scanner is nearly worn out. Replace it and note that with 'appliance consumables reset'.",
)
FIRMWARE_UNTRIED = declare(
    "M812",
    "Phần sụn của máy quét không nằm trong các bản đã kiểm nghiệm. Hãy cài bản đã kiểm nghiệm, hoặc kiểm nghiệm "
    "bản này.",
    "The firmware of a scanner was not tried. Install one that was, or have this one tried.",
)
OPTIONS_CHANGED = declare(
    "M813",
    "Bảng tùy chọn của trình điều khiển máy quét đã đổi. Hãy xem thử một trang rồi dùng 'appliance devices "
    "accept'.",
    "The options of a scanner's driver changed. Look at a trial page, then use 'appliance devices accept'.",
)
IMAGES_DRIFT = declare(
    "M814",
    "Ảnh của một máy quét xấu đi so với bình thường của nó. Hãy lau kính, con lăn và dải trắng.",
    "Images of a scanner are worse than is usual for it. Clean the glass, the rollers and the white strip.",
)
FOCUS_FALLS = declare(
    "M815",
    "Độ nét của một máy quét giảm dần qua nhiều tuần. Hãy quét phiếu kiểm tra và lên lịch bảo dưỡng.",
    "The sharpness of a scanner has fallen over weeks. Scan the target sheet, and have the scanner serviced.",
)
STAGE_SLOW = declare(
    "M816",
    "Một bước xử lý chậm hơn nhiều so với bình thường. Hãy xem tải CPU, bộ nhớ và ổ đĩa của máy.",
    "A stage is much slower than is usual. Look at the host's CPU, memory and disk.",
)
QUEUE_STUCK = declare(
    "M817",
    "Một hàng đợi đứng yên hơn hai giờ. Hãy xem 'appliance status' và nhật ký của máy.",
    "A queue has stood still for two hours. See 'appliance status', and the host's journal.",
)
COLLECTOR_FAILS = declare(
    "M818",
    "Không đọc được một nhóm số liệu, các cảnh báo của nhóm đó không còn tin được. Hãy xem nhật ký của dịch vụ.",
    "A topic of the metrics cannot be read; alerts on it are blind. See the journal of the service.",
)
LOG_ERRORS = declare(
    "M819",
    "Nhật ký có nhiều dòng lỗi bất thường. Hãy xem các dòng đó.",
    "The journal has unusually many errors. Look at them.",
)
HELD_LONG = declare(
    "M820",
    "Có mục chờ xử lý đã lâu. Hãy nhắc văn phòng xử lý theo dòng chữ trên trang trạng thái.",
    "Something has been held for long. Have the office settle it as the status page says.",
)
WAITING_LONG = declare(
    "M821",
    "Có mục chờ người ký, dấu thời gian hoặc biên bản đã lâu. Hãy xem mã đi kèm trong 'appliance status'.",
    "Something has waited long for a signer, a time stamp or a note. See the code beside it in 'appliance status'.",
)
LEAVE_ENDS = declare(
    "M822",
    "Ủy quyền ký số của cơ quan sắp hết hạn. Hãy để lãnh đạo cấp ủy quyền mới (appliance authorise).",
    "The authorisation of the agency's key ends soon. Have a leader grant a new one (appliance authorise).",
)
DEVELOPMENT_KEY = declare(
    "M823",
    "Máy đang ký bằng khóa thử nghiệm. Hãy ngừng quét và cài khóa thật của cơ quan.",
    "A development key signs. Stop scanning and install the agency's own key.",
)
CERTIFICATE_ENDS = declare(
    "M824",
    "Một chứng thư sắp hết hạn. Hãy xin cấp chứng thư mới và cài trước ngày đó.",
    "A certificate ends soon. Ask for a new one and install it before that day.",
)
CLOCK_LOOSE = declare(
    "M825",
    "Đồng hồ máy chủ không được đồng bộ. Hãy kiểm tra chrony hoặc systemd-timesyncd và máy chủ NTP.",
    "The host's clock is not synchronised. Check chrony or systemd-timesyncd, and the NTP server.",
)
AUDIT_UNVERIFIED = declare(
    "M826",
    "Chuỗi nhật ký kiểm toán nhiều ngày chưa được kiểm tra. Hãy chạy 'appliance audit' và xem nhật ký.",
    "The audit chain was not verified for days. Run 'appliance audit', and see the journal.",
)
HEARTBEAT_FAILS = declare(
    "M827",
    "Trang thử hằng ngày không tới được kho lưu trữ. Hãy chạy 'appliance heartbeat' để xem dừng ở bước nào.",
    "The daily synthetic page did not reach the archive. Run 'appliance heartbeat' to see where it stops.",
)
HEARTBEAT_SLOW = declare(
    "M828",
    "Trang thử hằng ngày đi quá chậm. Hãy xem bước nào lâu trên bảng Văn phòng.",
    "The daily synthetic page took too long. See on the office dashboard which stage it was.",
)
PLAN_OVERDUE = declare(
    "M829",
    "Kế hoạch số hóa của một giai đoạn đã quá hạn. Hãy xem bảng Kế hoạch và thống nhất hạn mới với văn phòng.",
    "A phase of the plan is overdue. See the plan dashboard, and settle a new date with the office.",
)
PLAN_BEHIND = declare(
    "M830",
    "Với tốc độ hiện nay, một giai đoạn của kế hoạch sẽ trễ hạn. Hãy xem bảng Kế hoạch để tăng người hoặc máy.",
    "At the present rate a phase of the plan ends late. See the plan dashboard: more people or scanners are "
    "wanted.",
)
RELEASE_LAGS = declare(
    "M831",
    "Một máy vẫn dùng phiên bản khác với vòng triển khai của nó. Hãy chạy lại việc cài đặt cho máy đó.",
    "A host has another release than its ring. Run the roll-out for it again.",
)
ROLLOUT_FAILED = declare(
    "M832",
    "Lần cài đặt gần nhất trên một máy thất bại. Hãy xem nhật ký Ansible của máy đó rồi chạy lại.",
    "The last roll-out to a host failed. See its Ansible log, and run it again.",
)
HOST_DRIFTS = declare(
    "M833",
    "Một máy khác cấu hình chuẩn, hoặc đã lâu chưa được so. Hãy chạy lại Ansible ở chế độ kiểm tra.",
    "A host differs from its settings, or was not compared for long. Run Ansible in check mode.",
)
BACKUP_OLD = declare(
    "M834",
    "Bản sao lưu của một máy đã cũ. Hãy xem nhật ký sao lưu và chỗ trống nơi nhận.",
    "The backup of a host is old. See the journal of the backup, and the room at its destination.",
)
ARCHIVE_UNDECIDED = declare(
    "M835",
    "Gói tin chờ kho lưu trữ quyết định quá lâu. Hãy xem journalctl -u appliance-receiver, ổ đĩa và số judge.",
    "A package waits too long for the archive's decision. See journalctl -u appliance-receiver, the disks, the "
    "judges.",
)
ARCHIVE_DISK = declare(
    "M836",
    "Ổ đĩa của kho lưu trữ sắp đầy. Hãy thêm ổ đĩa; không xóa gói tin.",
    "A disk of the archive is nearly full. Delete no package; have more room added.",
)
ARCHIVE_INLET = declare(
    "M837",
    "Một nơi nhận gói tin của kho lưu trữ nhiều ngày không dùng được. Hãy cắm đĩa, hoặc kiểm tra bucket và khóa.",
    "An inlet of the archive could not be used for days. Insert the disk, or check bucket and keys.",
)
ARCHIVE_UNCHECKED = declare(
    "M838",
    "Kho lưu trữ nhiều ngày chưa kiểm tra xong các bản lưu. Hãy chạy 'appliance receive fixity' và xem nhật ký.",
    "The archive has not checked its copies for days. Run 'appliance receive fixity', and see the journal.",
)
MONITORING_BLIND = declare(
    "M839",
    "Một phần của giám sát không chạy: quy tắc không tính được hoặc số liệu không về. Hãy xem nhật ký Prometheus.",
    "A part of the monitoring does not work: rules fail, or metrics do not come in. See the journal of Prometheus.",
)
