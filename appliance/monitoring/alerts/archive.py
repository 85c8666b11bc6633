"""The archive itself: what it takes in, and what it keeps."""

from __future__ import annotations

from appliance.monitoring.alert import PAGE, TICKET, Alert, Limit, case

ROOM = Limit(50e9, "bytes", below=True)
UNDECIDED = Limit(1800, "s", age=True)
UNCHECKED = Limit(3 * 86400, "s", age=True)
RENEWAL = Limit(90, "d", below=True)
WRONG = "archive_fixity_errors{ARCHIVE,"

ALERTS = (
    Alert(
        "ArchiveTrustMissing", "A647", "archive", PAGE, "archive_trust_there == 0",
        "Thiếu tệp chứng thư gốc ở kho lưu trữ, gói tin chờ. Hãy đặt tệp PEM mà /healthz nêu vào chỗ.",
        "A root certificate is missing at the archive and packages wait. Put the PEM file there that /healthz "
        "names.",
        fires=(case("archive_trust_there{ARCHIVE}", "0+0x20", "20m"),),
        quiet=(case("archive_trust_there{ARCHIVE}", "1+0x20", "20m"),), hold="15m"),
    Alert(
        "ArchivePackagesWait", "M835", "archive", PAGE, "archive_waiting_oldest_seconds > <limit>",
        "Gói tin chờ kho lưu trữ quyết định đã {{ $value | humanizeDuration }}. Hãy xem journalctl -u "
        "appliance-receiver, ổ đĩa của từng [[store]] và số judge.",
        "A package waits {{ $value | humanizeDuration }} for the archive's decision. See journalctl -u "
        "appliance-receiver, the disk of each [[store]] and the judges.",
        fires=(case("archive_waiting_oldest_seconds{ARCHIVE}", "1801+60x20", "20m"),),
        quiet=(case("archive_waiting_oldest_seconds{ARCHIVE}", "5+0x20", "20m"),), hold="10m", limit=UNDECIDED),
    Alert(
        "ArchiveIndexDown", "A640", "archive", PAGE, "archive_index_up == 0",
        "Cơ sở dữ liệu chỉ mục không trả lời, kho không nhận gói tin. Hãy kiểm tra PostgreSQL hoặc ổ đĩa của "
        "index.sqlite.",
        "The index does not answer and nothing is taken. Check PostgreSQL, or the disk of index.sqlite.",
        fires=(case("archive_index_up{ARCHIVE}", "0+0x20", "20m"),),
        quiet=(case("archive_index_up{ARCHIVE}", "1+0x20", "20m"),), hold="5m"),
    Alert(
        "ArchiveDiskFull", "M836", "archive", TICKET, "archive_free_bytes < <limit>",
        "Ổ đĩa {{ $labels.place }} của kho còn {{ $value | humanize1024 }}B. Hãy thêm ổ đĩa trước khi đầy; không "
        "xóa gói tin.",
        "Disk {{ $labels.place }} of the archive has {{ $value | humanize1024 }}B left. Add room before it is "
        "full; delete no package.",
        fires=(case('archive_free_bytes{ARCHIVE,place="hall-a"}', "40000000000+0x20", "20m"),),
        quiet=(case('archive_free_bytes{ARCHIVE,place="hall-a"}', "60000000000+0x20", "20m"),),
        hold="15m", limit=ROOM),
    Alert(
        "ArchiveInletAway", "M837", "archive", TICKET, "archive_inlet_there == 0",
        "Nơi nhận gói tin {{ $labels.inlet }} không dùng được ba ngày. Hãy cắm đĩa chuyển phát, hoặc kiểm tra "
        "bucket và khóa.",
        "Inlet {{ $labels.inlet }} could not be used for three days. Plug the courier's disk in, or check bucket "
        "and keys.",
        fires=(case('archive_inlet_there{ARCHIVE,inlet="courier"}', "0x150", "73h", step="30m"),),
        quiet=(case('archive_inlet_there{ARCHIVE,inlet="courier"}', "0x150", "70h", step="30m"),), hold="3d"),
    Alert(
        "ArchiveObjectLost", "A661", "archive", PAGE, 'archive_fixity_errors{kind="lost"} > 0',
        "Kho lưu trữ: {{ $value }} gói tin không còn bản nào nguyên vẹn: appliance receive fixity --report.",
        "Archive: of {{ $value }} objects no copy is sound: appliance receive fixity --report.",
        fires=(case(f'{WRONG}kind="lost",place=""}}', "1+0x20", "20m", keeps='ARCHIVE,kind="lost"'),),
        quiet=(case(f'{WRONG}kind="strange",place="near"}}', "1+0x20", "20m"),), limit=Limit(0)),
    Alert(
        "ArchiveNotSound", "A663", "archive", TICKET,
        'sum by (instance, kind, place) (archive_fixity_errors{kind=~"damaged|missing|invalid|evidence"}) > 0',
        "Kho lưu trữ, nơi {{ $labels.place }}: {{ $value }} bản sai ({{ $labels.kind }}) một ngày chưa sửa được.",
        "Archive, place {{ $labels.place }}: {{ $value }} copies are wrong ({{ $labels.kind }}) and were not "
        "mended in a day.",
        fires=(case(f'{WRONG}kind="damaged",place="near"}}', "1+0x60", "25h", step="30m",
                    keeps='instance="archive:8470",kind="damaged",place="near"'),),
        quiet=(case(f'{WRONG}kind="damaged",place="near"}}', "1+0x20 0x40", "25h", step="30m"),
               case(f'{WRONG}kind="strange",place="near"}}', "1+0x60", "25h", step="30m")),
        hold="1d", limit=Limit(0)),
    Alert(
        "ArchivePlaceAway", "A662", "archive", PAGE,
        'sum by (instance, place) (archive_fixity_errors{kind="away"}) > 0',
        "Kho lưu trữ: không thấy nơi giữ bản lưu {{ $labels.place }}.",
        "Archive: place {{ $labels.place }} of copies is not there.",
        fires=(case(f'{WRONG}kind="away",place="far"}}', "1+0x20", "20m",
                    keeps='instance="archive:8470",place="far"'),),
        quiet=(case(f'{WRONG}kind="away",place="far"}}', "0+0x20", "20m"),), limit=Limit(0)),
    Alert(
        "ArchiveChecksStopped", "M838", "archive", TICKET,
        "time() - archive_fixity_last_complete_timestamp_seconds > <limit>",
        "Kho lưu trữ: việc kiểm tra bản lưu hằng ngày không xong đã {{ $value | humanizeDuration }}.",
        "Archive: the daily checks of copies were last done {{ $value | humanizeDuration }} ago.",
        fires=(case("archive_fixity_last_complete_timestamp_seconds{ARCHIVE}", "-260000x90", "70m"),),
        quiet=(case("archive_fixity_last_complete_timestamp_seconds{ARCHIVE}", "-200000x90", "70m"),), hold="1h",
        limit=UNCHECKED),
    Alert(
        "ArchiveRenewalNear", "A664", "archive", PAGE, "archive_evidence_renewal_seconds / 86400 < <limit>",
        "Kho lưu trữ: dấu thời gian lưu trữ đầu tiên hết hạn sau {{ $value }} ngày mà chưa được gia hạn.",
        "Archive: the first archive time stamp ends in {{ $value }} days and is not renewed.",
        fires=(case("archive_evidence_renewal_seconds{ARCHIVE}", "7689600+0x20", "20m"),),
        quiet=(case("archive_evidence_renewal_seconds{ARCHIVE}", "7862400+0x20", "20m"),), limit=RENEWAL),
    Alert(
        "ArchiveUnstamped", "A666", "archive", TICKET, "archive_packages_unstamped > 0",
        "Kho lưu trữ: {{ $value }} gói tin ba ngày chưa có dấu thời gian lưu trữ.",
        "Archive: {{ $value }} packages are without an archive time stamp for three days.",
        fires=(case("archive_packages_unstamped{ARCHIVE}", "7+0x150", "73h", step="30m"),),
        quiet=(case("archive_packages_unstamped{ARCHIVE}", "0x150", "73h", step="30m"),),
        hold="3d", limit=Limit(0)),
)
