"""Lists of dossiers: codes T440 to T451."""

from __future__ import annotations

from appliance.core.errors.kind import declare

REGISTER_REFUSED = declare(
    "T440",
    "Không nhập tệp {file}: {count} dòng bị từ chối, xem {report}. Hãy sửa các dòng đó rồi nhập lại; hoặc thêm "
    "--accept-good để chỉ nhập các dòng đúng.",
    "Nothing of {file} is imported: {count} rows are refused, see {report}. Correct them and import again, or add "
    "--accept-good to import the good rows only.",
)
DOSSIER_UNREGISTERED = declare(
    "T441",
    "Mã hồ sơ này không có trong mục lục đã nhập ({reason}). Hãy kiểm tra mã trên phiếu phân tách; nếu mã đúng, "
    "nhập mục lục có mã này (appliance register import), hồ sơ sẽ tự tiếp tục.",
    "The code of this dossier is in no register ({reason}). Check the code on the separator; if it is right, "
    "import the register that has it (appliance register import), and the dossier goes on by itself.",
)
REGISTER_UNREADABLE = declare(
    "T442",
    "Không đọc được tệp {file}: {reason}. Hãy lưu lại tệp (CSV UTF-8 hoặc .xlsx) rồi nhập lại.",
    "The file {file} cannot be read: {reason}. Check it, save it again as CSV UTF-8 or .xlsx, and import it.",
)
REGISTER_LETTERS = declare(
    "T443",
    "Không nhận ra bảng mã chữ của cột '{column}' trong tệp {file}. Hãy chuyển tệp sang Unicode rồi nhập lại.",
    "The letters of column '{column}' in {file} are of no known encoding. Have it saved as Unicode and import it.",
)
REGISTER_HEADINGS = declare(
    "T444",
    "Không tìm thấy cột: {missing}. Tiêu đề đọc được: {known}. Hãy sửa tiêu đề cột, hoặc khai báo trong "
    "[register.columns].",
    "These columns are not found, or found twice: {missing}. Headings read: {known}. Correct the headings, or name "
    "them in [register.columns].",
)
REGISTER_TOO_LONG = declare(
    "T445",
    "Tệp {file} có hơn {most} dòng. Hãy chia tệp thành nhiều mục lục, hoặc tăng register.most_rows.",
    "The file {file} has more than {most} rows. Check it and import it in parts, or raise register.most_rows.",
)
REGISTER_BUSY = declare(
    "T446",
    "Đang có một lần nhập mục lục khác. Hãy chờ xong rồi nhập lại.",
    "Another register is being imported. Wait until it is through and import again.",
    retry=True,
)
REGISTER_SHRINKS = declare(
    "T447",
    "Tệp mới không có {missing} hồ sơ của mục lục '{name}' đang dùng. Hãy thêm --name TÊN nếu đây là mục lục "
    "khác, hoặc --replace nếu đúng là thay mục lục.",
    "{missing} dossiers of the present register '{name}' are not in the new file. Give --name NAME if it is "
    "another register, or --replace if it really takes the place of the old one.",
)
ENTRY_REFUSED = declare(
    "T448",
    "Thông tin hồ sơ tiếp nhận không hợp lệ: {reason}. Hãy sửa rồi gửi lại.",
    "The entry of the received dossier is not valid: {reason}. Correct it and send it again.",
)
ENTRY_UNKNOWN = declare(
    "T449",
    "Không mục lục nào có mã {file_code}. Hãy kiểm tra mã, hoặc nhập mục lục có mã này.",
    "No register has the code {file_code}. Check the code, or import the register that has it.",
)
REGISTERS_TOO_MANY = declare(
    "T450",
    "Đã có {most} mục lục. Hãy gộp các mục lục nhỏ (--name) rồi nhập lại.",
    "There are {most} registers already. Put small ones together (--name) and import again.",
)
REGISTER_IMPORT_LOST = declare(
    "T451",
    "Lần nhập mục lục này đã bị ngắt (dịch vụ khởi động lại hoặc chờ quá lâu); mục lục cũ vẫn nguyên. Hãy nhập "
    "lại.",
    "This import was cut short (the daemon started again, or it waited too long); the old register is whole. "
    "Try the import again.",
    retry=True,
)
