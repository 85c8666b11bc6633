/* A PKCS#11 library that passes every call on to another (PROXY_LIBRARY) and lets misfortunes happen on the way.
 *
 * The file PROXY_FILE names them, one word a line, and is read at each call:
 *   out        the token is pulled out: no slot has one, sessions are gone
 *   sign-out   the token is pulled out while it signs: the call says so, and the token is out from then on
 *   full       no session can be opened (CKR_DEVICE_MEMORY)
 *   sign-full  signing says CKR_DEVICE_MEMORY
 *   sign-bad   one bit of each signature is wrong
 *   final      the token says that one more wrong PIN locks it
 *   low        the token says that a wrong PIN was given
 *   raw        no mechanism that hashes by itself is offered
 *   pkcs1      no RSASSA-PSS at all is offered
 *   hang       signing never returns
 * It counts: PROXY_FILE.logins and PROXY_FILE.signs get one byte for each C_Login and C_Sign. After three wrong PINs
 * the token is locked (PROXY_FILE.wrong has one byte for each): real cards do that, SoftHSM does not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef ulong (*call)();
struct table { unsigned char version[2]; call of[68]; };

enum { GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISMS = 7, OPEN_SESSION = 12,
       LOGIN = 18, GET_ATTRIBUTES = 24, SIGN_INIT = 42, SIGN = 43 };
enum { OK = 0, DEVICE_MEMORY = 0x31, DEVICE_REMOVED = 0x32, PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4,
       SESSION_HANDLE_INVALID = 0xB3, TOKEN_NOT_PRESENT = 0xE0 };
enum { PIN_COUNT_LOW = 0x10000, PIN_FINAL_TRY = 0x20000, PIN_IS_LOCKED = 0x40000, FLAGS_AT = 96, MOST_WRONG = 3 };

static struct table *real, ours;
static int gone; /* sessions of before the token was out */

static const char *place(void) { const char *name = getenv("PROXY_FILE"); return name ? name : "/nonexistent"; }

static int said(const char *word) {
    char line[64];
    int found = 0;
    FILE *file = fopen(place(), "r");
    if (!file) return 0;
    while (!found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        found = !strcmp(line, word);
    }
    fclose(file);
    return found;
}

static void count(const char *what) {
    char name[4096];
    snprintf(name, sizeof name, "%s.%s", place(), what);
    FILE *file = fopen(name, "a");
    if (file) { fputc('x', file); fclose(file); }
}

static long counted(const char *what) {
    char name[4096];
    struct stat found;
    snprintf(name, sizeof name, "%s.%s", place(), what);
    return stat(name, &found) ? 0 : (long)found.st_size;
}

static void say(const char *word) {
    FILE *file = fopen(place(), "a");
    if (file) { fprintf(file, "%s\n", word); fclose(file); }
}

static int out(void) { if (said("out")) gone = 1; return said("out"); }

static ulong get_slot_list(unsigned char present, ulong *slots, ulong *number) {
    if (out() && present) { *number = 0; return OK; }
    return real->of[GET_SLOT_LIST](present, slots, number);
}

static ulong get_token_info(ulong slot, unsigned char *info) {
    if (out()) return TOKEN_NOT_PRESENT;
    ulong told = real->of[GET_TOKEN_INFO](slot, info);
    ulong *flags = (ulong *)(info + FLAGS_AT);
    if (said("low")) *flags |= PIN_COUNT_LOW;
    if (said("final") || counted("wrong") == MOST_WRONG - 1) *flags |= PIN_FINAL_TRY;
    if (counted("wrong") >= MOST_WRONG) *flags |= PIN_IS_LOCKED;
    return told;
}

static ulong get_mechanisms(ulong slot, ulong *list, ulong *number) {
    ulong told = real->of[GET_MECHANISMS](slot, list, number);
    for (ulong at = 0; list && told == OK && at < *number; at++) {
        int hashing = list[at] == 0x40 || list[at] == 0x43;              /* SHA256_RSA_PKCS, SHA256_RSA_PKCS_PSS */
        int pss = list[at] == 0x43 || list[at] == 0x0D;                  /* and RSA_PKCS_PSS */
        if ((said("raw") && hashing) || (said("pkcs1") && pss)) list[at] = 0x220; /* MD5 */
    }
    return told;
}

static ulong open_session(ulong slot, ulong flags, void *with, void *notify, ulong *session) {
    if (out()) return TOKEN_NOT_PRESENT;
    if (said("full")) return DEVICE_MEMORY;
    return real->of[OPEN_SESSION](slot, flags, with, notify, session);
}

static ulong login(ulong session, ulong user, unsigned char *pin, ulong length) {
    if (out()) return DEVICE_REMOVED;
    count("logins");
    if (counted("wrong") >= MOST_WRONG) return PIN_LOCKED;
    ulong told = real->of[LOGIN](session, user, pin, length);
    char name[4096];
    snprintf(name, sizeof name, "%s.wrong", place());
    if (told == PIN_INCORRECT) count("wrong");
    if (told == OK) { unlink(name); gone = 0; }
    return told;
}

static ulong get_attributes(ulong session, ulong object, void *attributes, ulong number) {
    if (out() || gone) return SESSION_HANDLE_INVALID;
    return real->of[GET_ATTRIBUTES](session, object, attributes, number);
}

static ulong sign_init(ulong session, void *mechanism, ulong key) {
    if (out()) return DEVICE_REMOVED;
    if (gone) return SESSION_HANDLE_INVALID;
    if (said("sign-out")) { say("out"); return DEVICE_REMOVED; }
    if (said("sign-full")) return DEVICE_MEMORY;
    while (said("hang")) pause(); /* for good: one that woke later would find its session ended by others */
    return real->of[SIGN_INIT](session, mechanism, key);
}

static ulong sign(ulong session, unsigned char *data, ulong length, unsigned char *signature, ulong *room) {
    ulong told = real->of[SIGN](session, data, length, signature, room);
    if (signature && told == OK) count("signs");
    if (signature && told == OK && said("sign-bad")) signature[0] ^= 1;
    return told;
}

ulong C_GetFunctionList(struct table **list) {
    if (!real) {
        const char *name = getenv("PROXY_LIBRARY");
        void *library = dlopen(name ? name : "/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_DEEPBIND);
        call find = library ? (call)dlsym(library, "C_GetFunctionList") : 0;
        if (!find || find(&real)) return 5;
        ours = *real;
        ours.of[GET_FUNCTION_LIST] = (call)C_GetFunctionList;
        ours.of[GET_SLOT_LIST] = (call)get_slot_list;
        ours.of[GET_TOKEN_INFO] = (call)get_token_info;
        ours.of[GET_MECHANISMS] = (call)get_mechanisms;
        ours.of[OPEN_SESSION] = (call)open_session;
        ours.of[LOGIN] = (call)login;
        ours.of[GET_ATTRIBUTES] = (call)get_attributes;
        ours.of[SIGN_INIT] = (call)sign_init;
        ours.of[SIGN] = (call)sign;
    }
    *list = &ours;
    return OK;
}
