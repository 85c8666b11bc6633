# Lays aside what this host cannot decrypt (another mainboard, other keys in its TPM), and takes it back when it can.
# systemd starts no unit one of whose credentials it cannot decrypt; one that is not there may lack, and nothing is
# scanned for want of an upload's password.
cd "${1:-/etc/credstore.encrypted}" || exit 0
for name in agency-pin remote-pin remote-token outbox-token s3-access s3-secret index-password; do
    if [ -f "$name" ]; then
        if systemd-creds decrypt --name="$name" "$name" - >/dev/null 2>&1; then
            rm -f "$name.unreadable"
            continue
        fi
        mv -f "$name" "$name.unreadable"
        echo "<3>$name: không giải mã được trên máy này, đã để sang $name.unreadable; hãy đặt lại bí mật này (role app)." \
            "/ cannot be decrypted on this host, laid aside as $name.unreadable; set this secret anew (role app)."
    elif [ -f "$name.unreadable" ]; then
        systemd-creds decrypt --name="$name" "$name.unreadable" - >/dev/null 2>&1 || continue
        mv "$name.unreadable" "$name"
        echo "<5>$name: lại giải mã được / can be decrypted again"
    fi
done
