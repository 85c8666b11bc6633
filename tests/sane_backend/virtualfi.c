/* A virtual production scanner for SANE: what libsane sees of an fi-8170, made of a folder (README.md).

   Option names, their order and their inactive rules are those of the fujitsu backend of sane-backends 1.2.1.
   $VIRTUAL_FI/hopper/NNNNa.ppm (front) and NNNNb.ppm (back, may be missing: white) are the sheets, P6 only.
   $VIRTUAL_FI/control holds key=value lines: what the device is and what shall go wrong.
   $VIRTUAL_FI/stats is written after each side: what the feeder has seen of its host. */
#define _GNU_SOURCE
#include <sane/sane.h>
#include <sane/saneopts.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define PATH 1024
#define NAME 64
#define MM_PER_INCH 25.4
#define MOST_BUFFER 8
#define BUFFERMODE 4 /* sides held with buffermode on; without it one */
#define ANY_SLICES 16 /* a paced side comes in this many pieces, as bytes cross the cable while paper moves */

enum {
    O_NUM, O_GROUP_STANDARD, O_SOURCE, O_MODE, O_RESOLUTION,
    O_GROUP_GEOMETRY, O_PAGE_WIDTH, O_PAGE_HEIGHT, O_TL_X, O_TL_Y, O_BR_X, O_BR_Y,
    O_GROUP_ENHANCEMENT, O_BRIGHTNESS, O_CONTRAST, O_GAMMA, O_THRESHOLD,
    O_GROUP_ADVANCED, O_ALD, O_COMPRESSION, O_DF_ACTION, O_DF_SKEW, O_DF_THICKNESS, O_DF_LENGTH, O_DF_DIFF,
    O_DF_RECOVERY, O_PAPER_PROTECT, O_ADV_PAPER_PROTECT, O_STAPLE_DETECT, O_BGCOLOR, O_DROPOUTCOLOR,
    O_BUFFERMODE, O_PREPICK, O_OVERSCAN, O_SLEEPTIMER, O_OFFTIMER, O_LOWMEMORY, O_SIDE,
    O_SWDESKEW, O_SWDESPECK, O_SWCROP, O_SWSKIP, O_HALT_ON_CANCEL,
    O_GROUP_SENSORS, O_TOP_EDGE, O_A3, O_B4, O_A4, O_B5, O_PAGE_LOADED, O_OMR_DF, O_COVER_OPEN, O_CARD_LOADED,
    O_POWER_SAVE, O_EMAIL, O_MANUAL_FEED, O_SCAN, O_FUNCTION, O_INK_LOW, O_DOUBLE_FEED, O_ERROR_CODE,
    O_SKEW_ANGLE, O_INK_REMAIN, O_COUNT
};
#define FIRST_SENSOR O_TOP_EDGE

static SANE_Option_Descriptor table[O_COUNT];
static SANE_Word word[O_COUNT];
static char text[O_COUNT][NAME];
static char read_already[O_COUNT]; /* as in the fujitsu backend: only a sensor that is read twice asks the hardware
    again; all others then show what it said, until they are read themselves, however old that is */

static const SANE_String_Const SOURCES[] = {"ADF Front", "ADF Back", "ADF Duplex", "Card Front", "Card Back",
                                            "Card Duplex", NULL};
static const SANE_String_Const SOURCES_FLATBED[] = {"Flatbed", "ADF Front", "ADF Back", "ADF Duplex", NULL};
static const SANE_String_Const MODES[] = {"Lineart", "Halftone", "Gray", "Color", NULL};
static const SANE_String_Const COMPRESSIONS[] = {"None", NULL};
static const SANE_String_Const DF_ACTIONS[] = {"Default", "Continue", "Stop", NULL};
static const SANE_String_Const DF_DIFFS[] = {"Default", "10mm", "15mm", "20mm", NULL};
static const SANE_String_Const SWITCHES[] = {"Default", "Off", "On", NULL};
static const SANE_String_Const GROUNDS[] = {"Default", "White", "Black", NULL};
static const SANE_String_Const DROPOUTS[] = {"Default", "Red", "Green", "Blue", NULL};
static const SANE_Range DPI_RANGE = {50, 600, 1}, SIGNED = {-127, 127, 1}, BYTE = {0, 255, 0};
static const SANE_Range GAMMA = {SANE_FIX(0.3), SANE_FIX(5), SANE_FIX(0.01)}, PERCENT = {0, SANE_FIX(100), SANE_FIX(1)};
static const SANE_Range WIDTH = {0, SANE_FIX(221.1), 3}, HEIGHT = {0, SANE_FIX(3048), 3};
static const SANE_Range SLEEP = {0, 60, 1}, OFF = {0, 960, 1}, SPECK = {0, 9, 1}, FUNCTION = {0, 15, 1};

static struct {
    int open, scanning, back_next, gone;
    volatile sig_atomic_t cancelled;
    char sheet[NAME]; /* the sheet that lies in the paper path: its back is still to come */
    unsigned char *file;
    size_t file_size;
    const unsigned char *pixels; /* NULL: a white side */
    long width, height, bytes_per_line, total, sent, stop_after;
    int double_feed, error_code; /* what the hardware knows; a sensor shows it when the hardware is asked */
    int channels, depth, stalls, zeros, unplugs, eof_on_cancel;
    SANE_Status stop_with;
    double ready, period, idle, began, emptied[MOST_BUFFER]; /* when the host had read each of the last sides */
    long in_batch;
    long sides, hw_status;
    int busy_left;
} dev;

/* ---- the folder ---- */

static void in_folder(char *out, const char *format, ...) {
    const char *folder = getenv("VIRTUAL_FI");
    int used = snprintf(out, PATH, "%s/", folder ? folder : "/nonexistent");
    va_list rest;
    va_start(rest, format);
    vsnprintf(out + used, (size_t)(PATH - used), format, rest);
    va_end(rest);
}

static int control(const char *key, char *value, size_t size) {
    char path[PATH], line[256];
    in_folder(path, "control");
    FILE *stream = fopen(path, "r");
    size_t length = strlen(key);
    int found = 0;
    while (stream && !found && fgets(line, sizeof line, stream)) {
        if (strncmp(line, key, length) || line[length] != '=') continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(value, size, "%s", line + length + 1);
        found = 1;
    }
    if (stream) fclose(stream);
    return found;
}

static double number(const char *key, double otherwise) {
    char value[NAME];
    return control(key, value, sizeof value) ? atof(value) : otherwise;
}

static int due(const char *key, const char *side) { /* whether a fault is wanted on this side, e.g. jam_at=0003a */
    char value[NAME];
    return control(key, value, sizeof value) && !strcmp(value, side);
}

static int is_front(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 5 && length < NAME - 4 && !strcmp(entry->d_name + length - 5, "a.ppm");
}

static int loaded(char *first) { /* number of sheets in the hopper; name of the first without its "a.ppm" */
    char path[PATH];
    struct dirent **list = NULL;
    in_folder(path, "hopper");
    int count = scandir(path, &list, is_front, alphasort);
    if (count < 0) return 0;
    if (count > 0 && first) snprintf(first, NAME, "%.*s", (int)strlen(list[0]->d_name) - 5, list[0]->d_name);
    for (int i = 0; i < count; i++) free(list[i]);
    free(list);
    return count;
}

static void feed(const char *sheet) { /* the sheet leaves the hopper: both its files move */
    char from[PATH], to[PATH];
    for (const char *face = "ab"; *face; face++) {
        in_folder(from, "hopper/%s%c.ppm", sheet, *face);
        in_folder(to, "out/%s%c.ppm", sheet, *face);
        rename(from, to);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void write_stats(void) {
    char path[PATH], part[PATH];
    in_folder(path, "stats");
    in_folder(part, "stats.part");
    FILE *stream = fopen(part, "w");
    if (!stream) return;
    fprintf(stream, "sides=%ld\nidle_seconds=%.6f\nbusy_seconds=%.6f\nhw_status=%ld\n", dev.sides, dev.idle,
            dev.period * (double)dev.sides, dev.hw_status);
    fclose(stream);
    rename(part, path);
}

/* ---- options ---- */

static void option(int at, const char *name, SANE_Value_Type type, SANE_Int cap, const void *limits) {
    SANE_Option_Descriptor *o = &table[at];
    *o = (SANE_Option_Descriptor){.name = name, .title = name, .desc = name, .type = type, .cap = cap};
    o->size = type == SANE_TYPE_STRING ? NAME : type == SANE_TYPE_GROUP ? 0 : (SANE_Int)sizeof(SANE_Word);
    if (limits && type == SANE_TYPE_STRING) {
        o->constraint_type = SANE_CONSTRAINT_STRING_LIST;
        o->constraint.string_list = limits;
    } else if (limits) {
        o->constraint_type = SANE_CONSTRAINT_RANGE;
        o->constraint.range = limits;
    }
}

static void group(int at, const char *title) {
    option(at, "", SANE_TYPE_GROUP, 0, NULL);
    table[at].title = title;
}

#define SET (SANE_CAP_SOFT_SELECT | SANE_CAP_SOFT_DETECT)
#define ADV (SET | SANE_CAP_ADVANCED)
#define READ (SANE_CAP_SOFT_DETECT | SANE_CAP_HARD_SELECT | SANE_CAP_ADVANCED)

static int source_is(const char *part) { return strstr(text[O_SOURCE], part) != NULL; }

static void activate(int at, int active) {
    if (active) table[at].cap &= ~SANE_CAP_INACTIVE;
    else table[at].cap |= SANE_CAP_INACTIVE;
}

static void follow_rules(void) { /* which options are inactive now */
    int colour = !strcmp(text[O_MODE], "Color"), acts = strcmp(text[O_DF_ACTION], "Default") != 0;
    activate(O_PAGE_WIDTH, !source_is("Flatbed"));
    activate(O_PAGE_HEIGHT, !source_is("Flatbed"));
    activate(O_THRESHOLD, !strcmp(text[O_MODE], "Lineart"));
    activate(O_DROPOUTCOLOR, !colour);
    activate(O_DF_SKEW, acts);
    activate(O_DF_THICKNESS, acts);
    activate(O_DF_LENGTH, acts);
    activate(O_DF_DIFF, acts && word[O_DF_LENGTH]);
}

static void standard_options(int flatbed) {
    option(O_NUM, SANE_NAME_NUM_OPTIONS, SANE_TYPE_INT, SANE_CAP_SOFT_DETECT, NULL);
    group(O_GROUP_STANDARD, "Standard");
    option(O_SOURCE, "source", SANE_TYPE_STRING, SET, flatbed ? SOURCES_FLATBED : SOURCES);
    option(O_MODE, "mode", SANE_TYPE_STRING, SET, MODES);
    option(O_RESOLUTION, "resolution", SANE_TYPE_INT, SET, &DPI_RANGE);
    group(O_GROUP_GEOMETRY, "Geometry");
    option(O_PAGE_WIDTH, "page-width", SANE_TYPE_FIXED, SET, &WIDTH);
    option(O_PAGE_HEIGHT, "page-height", SANE_TYPE_FIXED, SET, &HEIGHT);
    option(O_TL_X, "tl-x", SANE_TYPE_FIXED, SET, &WIDTH);
    option(O_TL_Y, "tl-y", SANE_TYPE_FIXED, SET, &HEIGHT);
    option(O_BR_X, "br-x", SANE_TYPE_FIXED, SET, &WIDTH);
    option(O_BR_Y, "br-y", SANE_TYPE_FIXED, SET, &HEIGHT);
    for (int i = O_PAGE_WIDTH; i <= O_BR_Y; i++) table[i].unit = SANE_UNIT_MM;
    table[O_RESOLUTION].unit = SANE_UNIT_DPI;
    group(O_GROUP_ENHANCEMENT, "Enhancement");
    option(O_BRIGHTNESS, "brightness", SANE_TYPE_INT, SET, &SIGNED);
    option(O_CONTRAST, "contrast", SANE_TYPE_INT, SET, &SIGNED);
    option(O_GAMMA, "gamma", SANE_TYPE_FIXED, SET, &GAMMA);
    option(O_THRESHOLD, "threshold", SANE_TYPE_INT, SET, &BYTE);
}

static void advanced_options(void) {
    group(O_GROUP_ADVANCED, "Advanced");
    option(O_ALD, "ald", SANE_TYPE_BOOL, ADV, NULL);
    option(O_COMPRESSION, "compression", SANE_TYPE_STRING, ADV, COMPRESSIONS);
    option(O_DF_ACTION, "df-action", SANE_TYPE_STRING, ADV, DF_ACTIONS);
    option(O_DF_SKEW, "df-skew", SANE_TYPE_BOOL, ADV, NULL);
    option(O_DF_THICKNESS, "df-thickness", SANE_TYPE_BOOL, ADV, NULL);
    option(O_DF_LENGTH, "df-length", SANE_TYPE_BOOL, ADV, NULL);
    option(O_DF_DIFF, "df-diff", SANE_TYPE_STRING, ADV, DF_DIFFS);
    option(O_DF_RECOVERY, "df-recovery", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_PAPER_PROTECT, "paper-protect", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_ADV_PAPER_PROTECT, "adv-paper-protect", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_STAPLE_DETECT, "staple-detect", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_BGCOLOR, "bgcolor", SANE_TYPE_STRING, ADV, GROUNDS);
    option(O_DROPOUTCOLOR, "dropoutcolor", SANE_TYPE_STRING, ADV, DROPOUTS);
    option(O_BUFFERMODE, "buffermode", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_PREPICK, "prepick", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_OVERSCAN, "overscan", SANE_TYPE_STRING, ADV, SWITCHES);
    option(O_SLEEPTIMER, "sleeptimer", SANE_TYPE_INT, ADV, &SLEEP);
    option(O_OFFTIMER, "offtimer", SANE_TYPE_INT, ADV, &OFF);
    option(O_LOWMEMORY, "lowmemory", SANE_TYPE_BOOL, ADV, NULL);
    option(O_SIDE, "side", SANE_TYPE_BOOL, SANE_CAP_SOFT_DETECT | SANE_CAP_ADVANCED, NULL);
    option(O_SWDESKEW, "swdeskew", SANE_TYPE_BOOL, ADV, NULL);
    option(O_SWDESPECK, "swdespeck", SANE_TYPE_INT, ADV, &SPECK);
    option(O_SWCROP, "swcrop", SANE_TYPE_BOOL, ADV, NULL);
    option(O_SWSKIP, "swskip", SANE_TYPE_FIXED, ADV, &PERCENT);
    option(O_HALT_ON_CANCEL, "halt-on-cancel", SANE_TYPE_BOOL, ADV, NULL);
}

static void sensor_options(void) {
    static const char *const names[] = {
        "top-edge", "a3-paper", "b4-paper", "a4-paper", "b5-paper", "page-loaded", "omr-df", "cover-open", "card-loaded",
        "power-save", "email", "manual-feed", "scan", "function", "ink-low", "double-feed", "error-code", "skew-angle",
        "ink-remain"};
    group(O_GROUP_SENSORS, "Sensors and Buttons");
    for (int at = FIRST_SENSOR; at < O_COUNT; at++)
        option(at, names[at - FIRST_SENSOR], SANE_TYPE_BOOL, READ, NULL);
    for (int at = FIRST_SENSOR; at < O_COUNT; at++)
        if (at == O_FUNCTION || at == O_ERROR_CODE || at == O_SKEW_ANGLE || at == O_INK_REMAIN)
            option(at, names[at - FIRST_SENSOR], SANE_TYPE_INT, READ, at == O_FUNCTION ? &FUNCTION : NULL);
}

static void rename_one(char *pair) { /* old:new; a new name of "-" stays no option's name */
    char *end = strchr(pair, ':');
    if (!end) return;
    *end = 0;
    for (int at = 1; at < O_COUNT; at++)
        if (!strcmp(table[at].name, pair)) table[at].name = end + 1;
}

static void rename_options(void) { /* what another firmware, or another model, calls otherwise or lacks */
    static char pairs[256];
    if (!control("rename", pairs, sizeof pairs)) return;
    for (char *next, *pair = strtok_r(pairs, ",", &next); pair; pair = strtok_r(NULL, ",", &next)) rename_one(pair);
}

static void defaults(int flatbed) {
    memset(word, 0, sizeof word);
    for (int at = 0; at < O_COUNT; at++) snprintf(text[at], NAME, "Default");
    snprintf(text[O_SOURCE], NAME, "%s", flatbed ? "Flatbed" : "ADF Front");
    snprintf(text[O_MODE], NAME, "Lineart");
    snprintf(text[O_COMPRESSION], NAME, "None");
    word[O_NUM] = O_COUNT;
    word[O_RESOLUTION] = 600;
    word[O_PAGE_WIDTH] = word[O_BR_X] = SANE_FIX(215.872);
    word[O_PAGE_HEIGHT] = word[O_BR_Y] = SANE_FIX(279.364);
    word[O_GAMMA] = SANE_FIX(1);
    word[O_THRESHOLD] = 128;
}

static void ask_hardware(void) { /* one GET_HW_STATUS command: every sensor at once */
    char path[PATH];
    in_folder(path, "press");
    memset(read_already, 0, sizeof read_already);
    dev.hw_status++;
    word[O_PAGE_LOADED] = word[O_TOP_EDGE] = loaded(NULL) > 0;
    word[O_COVER_OPEN] = number("cover_open", 0) != 0;
    word[O_SCAN] = unlink(path) == 0 || number("button_stuck", 0) != 0;
    word[O_FUNCTION] = (SANE_Word)number("function", 1);
    word[O_DOUBLE_FEED] = dev.double_feed;
    word[O_ERROR_CODE] = dev.error_code;
    word[O_INK_REMAIN] = (SANE_Word)number("ink_remain", 0);
    word[O_SKEW_ANGLE] = (SANE_Word)number("skew_angle", 0);
    write_stats();
}

static int unplugged(void) { return dev.gone || number("unplugged", 0) != 0; }

static SANE_Status get(int at, void *value) {
    if (at >= FIRST_SENSOR) {
        if (unplugged()) return SANE_STATUS_IO_ERROR;
        if (read_already[at]) ask_hardware();
        read_already[at] = 1;
    }
    if (at == O_SIDE) *(SANE_Word *)value = dev.scanning && source_is("Duplex") && !dev.back_next;
    else if (table[at].type == SANE_TYPE_STRING) strcpy(value, text[at]);
    else *(SANE_Word *)value = word[at];
    return SANE_STATUS_GOOD;
}

static SANE_Status set(int at, void *value, SANE_Int *info) {
    const SANE_Option_Descriptor *o = &table[at];
    if (o->type == SANE_TYPE_STRING) {
        const SANE_String_Const *choice = o->constraint.string_list;
        while (*choice && strcmp(*choice, value)) choice++;
        if (!*choice) return SANE_STATUS_INVAL;
        snprintf(text[at], NAME, "%s", *choice);
    } else {
        SANE_Word asked = *(SANE_Word *)value, given = asked;
        if (o->constraint_type == SANE_CONSTRAINT_RANGE) {
            if (given < o->constraint.range->min) given = o->constraint.range->min;
            if (given > o->constraint.range->max) given = o->constraint.range->max;
        } else if (o->type == SANE_TYPE_BOOL && asked != 0 && asked != 1) {
            return SANE_STATUS_INVAL;
        }
        if (at == O_OFFTIMER) given = (given + 14) / 15 * 15;
        if (given != asked) *info |= SANE_INFO_INEXACT;
        word[at] = given;
    }
    if (at == O_SOURCE || at == O_MODE || at == O_DF_ACTION || at == O_DF_LENGTH) *info |= SANE_INFO_RELOAD_OPTIONS;
    if (at >= O_SOURCE && at <= O_BR_Y) *info |= SANE_INFO_RELOAD_PARAMS;
    follow_rules();
    return SANE_STATUS_GOOD;
}

/* ---- a side ---- */

static void drop_file(void) {
    if (dev.file) munmap(dev.file, dev.file_size);
    dev.file = NULL;
    dev.pixels = NULL;
}

static int open_side(const char *sheet, char face) { /* 0 when the file is no P6 with 8 bits */
    char path[PATH];
    int used = 0, most = 0;
    struct stat what;
    drop_file();
    in_folder(path, "out/%s%c.ppm", sheet, face);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return face == 'b' && errno == ENOENT; /* a back that is not there is white */
    if (fstat(descriptor, &what) == 0 && what.st_size > 16) {
        dev.file_size = (size_t)what.st_size;
        dev.file = mmap(NULL, dev.file_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (dev.file == MAP_FAILED) dev.file = NULL;
    }
    close(descriptor);
    char head[32] = "";
    if (dev.file) memcpy(head, dev.file, sizeof head - 1);
    if (sscanf(head, "P6 %ld %ld %d%n", &dev.width, &dev.height, &most, &used) != 3 || most != 255) return 0;
    dev.pixels = dev.file + used + 1;
    return (size_t)(used + 1) + (size_t)(dev.width * dev.height * 3) <= dev.file_size;
}

static void lay_out(void) {
    dev.channels = !strcmp(text[O_MODE], "Color") ? 3 : 1;
    dev.depth = !strcmp(text[O_MODE], "Lineart") || !strcmp(text[O_MODE], "Halftone") ? 1 : 8;
    dev.bytes_per_line = dev.depth == 1 ? (dev.width + 7) / 8 : dev.width * dev.channels;
    dev.total = dev.bytes_per_line * dev.height;
    dev.sent = 0;
}

static void copy(unsigned char *out, long from, long count) { /* bytes of the side in the mode that was asked for */
    if (dev.channels == 3) {
        if (dev.pixels) memcpy(out, dev.pixels + from, (size_t)count);
        else memset(out, 255, (size_t)count);
        return;
    }
    for (long i = 0; i < count; i++) {
        long line = (from + i) / dev.bytes_per_line, column = (from + i) % dev.bytes_per_line;
        const unsigned char *row = dev.pixels ? dev.pixels + line * dev.width * 3 : NULL;
        out[i] = dev.depth == 1 ? 0 : 255;
        for (int bit = 0; row && bit < (dev.depth == 1 ? 8 : 1); bit++) {
            long x = dev.depth == 1 ? column * 8 + bit : column;
            if (x >= dev.width) break;
            int grey = (row[3 * x] * 299 + row[3 * x + 1] * 587 + row[3 * x + 2] * 114) / 1000;
            if (dev.depth == 8) out[i] = (unsigned char)grey;
            else if (grey < word[O_THRESHOLD]) out[i] |= (unsigned char)(128 >> bit);
        }
    }
}

static void plan_faults(const char *side) { /* once a side: a read must cost no more than its bytes */
    dev.stalls = due("stall_at", side);
    dev.zeros = due("zero_at", side);
    dev.unplugs = due("unplug_at", side);
    dev.eof_on_cancel = number("cancel_is_eof", 0) != 0;
    long third = dev.bytes_per_line * (dev.height / 3);
    dev.stop_after = -1;
    dev.stop_with = SANE_STATUS_EOF;
    dev.double_feed = dev.error_code = 0;
    if (due("jam_at", side) || due("double_feed_at", side)) dev.stop_with = SANE_STATUS_JAMMED;
    else if (due("cover_at", side)) dev.stop_with = SANE_STATUS_COVER_OPEN;
    else if (due("io_error_at", side) || due("unplug_at", side)) dev.stop_with = SANE_STATUS_IO_ERROR;
    else if (!due("truncate_at", side)) return;
    dev.stop_after = third;
    dev.double_feed = due("double_feed_at", side);
    dev.error_code = (int)number("error_code", 0);
}

static void plan_time(int first) { /* the feeder goes on by itself while its buffer has room for a side */
    double ppm = number("ppm", 0);
    long holds = (long)number("buffer", !strcmp(text[O_BUFFERMODE], "On") ? BUFFERMODE : 1);
    if (holds < 1 || holds > MOST_BUFFER) holds = 1;
    dev.period = ppm > 0 ? 60 / ppm / (source_is("Duplex") ? 2 : 1) : 0;
    if (first) {
        dev.ready = now();
        dev.in_batch = 0;
    }
    double room = dev.in_batch < holds ? dev.ready : dev.emptied[(dev.in_batch - holds) % MOST_BUFFER];
    if (room > dev.ready) dev.idle += room - dev.ready;
    dev.began = room > dev.ready ? room : dev.ready;
    dev.ready = dev.began + dev.period;
    dev.in_batch++;
}

static void sleep_for_ever(int deaf) { while (deaf || !dev.cancelled) usleep(20000); }

static SANE_Status refuse(void) {
    char value[NAME];
    if (unplugged()) return SANE_STATUS_IO_ERROR;
    if (number("cover_open", 0)) return SANE_STATUS_COVER_OPEN;
    if (!dev.scanning && control("busy", value, sizeof value) && dev.busy_left-- > 0) return SANE_STATUS_DEVICE_BUSY;
    return SANE_STATUS_GOOD;
}

static SANE_Status next_sheet(char *side, size_t size) {
    char first[NAME];
    if (!dev.back_next && !loaded(first)) return SANE_STATUS_NO_DOCS;
    snprintf(side, size, "%s%c", dev.back_next ? dev.sheet : first, dev.back_next ? 'b' : 'a');
    if (due("stop_at", side)) return SANE_STATUS_NO_DOCS; /* Stop was pressed: sense 80/20, paper still loaded */
    if (due("start_jam_at", side)) return SANE_STATUS_JAMMED;
    if (due("segv_at", side)) raise(SIGSEGV);
    if (due("hang_at", side)) sleep_for_ever(1);
    if (!dev.back_next) {
        snprintf(dev.sheet, NAME, "%s", first);
        feed(first);
    }
    return SANE_STATUS_GOOD;
}

EXPORT SANE_Status sane_virtualfi_start(SANE_Handle handle) {
    char side[2 * NAME];
    (void)handle;
    int first = !dev.scanning;
    if (first) dev.back_next = 0;
    dev.cancelled = 0;
    SANE_Status status = refuse();
    if (status == SANE_STATUS_GOOD) status = next_sheet(side, sizeof side);
    if (status != SANE_STATUS_GOOD) {
        dev.scanning = 0;
        return status;
    }
    char face = source_is("Back") ? 'b' : side[strlen(side) - 1];
    if (!open_side(dev.sheet, face)) return SANE_STATUS_IO_ERROR;
    lay_out();
    plan_faults(side);
    plan_time(first);
    dev.scanning = 1;
    dev.back_next = source_is("Duplex") && !dev.back_next;
    return SANE_STATUS_GOOD;
}

EXPORT SANE_Status sane_virtualfi_get_parameters(SANE_Handle handle, SANE_Parameters *p) {
    (void)handle;
    if (!dev.scanning) {
        dev.width = (long)(SANE_UNFIX(word[O_BR_X] - word[O_TL_X]) / MM_PER_INCH * word[O_RESOLUTION]);
        dev.height = (long)(SANE_UNFIX(word[O_BR_Y] - word[O_TL_Y]) / MM_PER_INCH * word[O_RESOLUTION]);
        lay_out();
    }
    p->format = dev.channels == 3 ? SANE_FRAME_RGB : SANE_FRAME_GRAY;
    p->last_frame = SANE_TRUE;
    p->depth = dev.depth;
    p->pixels_per_line = (SANE_Int)dev.width;
    p->bytes_per_line = (SANE_Int)dev.bytes_per_line;
    p->lines = word[O_ALD] || number("unknown_height", 0) ? -1 : (SANE_Int)dev.height;
    return SANE_STATUS_GOOD;
}

static SANE_Status side_ends(void) {
    dev.emptied[(dev.in_batch - 1) % MOST_BUFFER] = now();
    dev.sides++;
    drop_file();
    write_stats();
    return SANE_STATUS_EOF;
}

static SANE_Status side_breaks(void) {
    if (dev.unplugs) dev.gone = 1;
    if (dev.stop_with == SANE_STATUS_EOF) return side_ends(); /* a truncated frame says nothing */
    dev.scanning = 0;
    return dev.stop_with;
}

static SANE_Status paced(long *count) { /* wait until the paper has moved far enough for these bytes */
    long slice = dev.total / ANY_SLICES + 1;
    if (dev.sent && dev.stalls) sleep_for_ever(0);
    if ((dev.stalls || dev.zeros) && *count > slice) *count = slice;
    if (dev.period > 0) {
        if (*count > slice) *count = slice;
        double when = dev.began + dev.period * (double)(dev.sent + *count) / (double)dev.total;
        for (double wait; !dev.cancelled && (wait = when - now()) > 0;)
            usleep((useconds_t)((wait > 0.005 ? 0.005 : wait) * 1e6));
    }
    if (!dev.cancelled) return SANE_STATUS_GOOD;
    dev.scanning = 0;
    return dev.eof_on_cancel ? SANE_STATUS_EOF : SANE_STATUS_CANCELLED;
}

EXPORT SANE_Status sane_virtualfi_read(SANE_Handle handle, SANE_Byte *out, SANE_Int most, SANE_Int *length) {
    (void)handle;
    *length = 0;
    if (!dev.scanning) return dev.cancelled ? SANE_STATUS_CANCELLED : SANE_STATUS_INVAL;
    if (dev.gone) return SANE_STATUS_IO_ERROR;
    if (dev.sent >= dev.total) return side_ends();
    long count = dev.total - dev.sent;
    if (count > most) count = most;
    SANE_Status status = paced(&count);
    if (status != SANE_STATUS_GOOD) return status;
    if (dev.sent && dev.zeros) return SANE_STATUS_GOOD; /* no bytes, no end, no wait */
    if (dev.stop_after >= 0 && dev.sent + count > dev.stop_after) count = dev.stop_after - dev.sent;
    if (count <= 0) return side_breaks();
    copy(out, dev.sent, count);
    dev.sent += count;
    *length = (SANE_Int)count;
    return SANE_STATUS_GOOD;
}

/* ---- the rest of the interface ---- */

EXPORT void sane_virtualfi_cancel(SANE_Handle handle) {
    (void)handle;
    dev.cancelled = 1;
    dev.scanning = 0;
    dev.back_next = 0;
}

EXPORT SANE_Status sane_virtualfi_init(SANE_Int *version, SANE_Auth_Callback authorize) {
    (void)authorize;
    memset(&dev, 0, sizeof dev);
    if (version) *version = SANE_VERSION_CODE(1, 0, 139);
    return SANE_STATUS_GOOD;
}

EXPORT void sane_virtualfi_exit(void) { drop_file(); }

EXPORT SANE_Status sane_virtualfi_get_devices(const SANE_Device ***list, SANE_Bool local) {
    static SANE_Device device;
    static const SANE_Device *devices[] = {&device, NULL}, *none[] = {NULL};
    static char name[NAME + 16], model[NAME], serial[NAME] = "VIRTUAL8170";
    (void)local;
    if (!control("model", model, sizeof model)) snprintf(model, sizeof model, "fi-8170");
    control("serial", serial, sizeof serial);
    snprintf(name, sizeof name, "fi-8170:%s", serial);
    device = (SANE_Device){name, "FUJITSU", model, "scanner"};
    dev.gone = 0; /* a new look at the cable */
    *list = unplugged() ? none : devices;
    return SANE_STATUS_GOOD;
}

EXPORT SANE_Status sane_virtualfi_open(SANE_String_Const name, SANE_Handle *handle) {
    char busy[NAME];
    (void)name;
    dev.gone = 0;
    if (unplugged()) return SANE_STATUS_INVAL;
    if (number("open_hangs", 0)) sleep_for_ever(1);
    if (number("open_fails", 0)) return SANE_STATUS_IO_ERROR;
    if (number("open_crashes", 0)) raise(SIGSEGV);
    if (dev.open) return SANE_STATUS_DEVICE_BUSY;
    int flatbed = number("flatbed", 0) != 0;
    standard_options(flatbed);
    advanced_options();
    sensor_options();
    rename_options();
    defaults(flatbed);
    follow_rules();
    memset(read_already, 1, sizeof read_already);
    dev.busy_left = control("busy", busy, sizeof busy) ? atoi(busy) : 0;
    dev.open = 1;
    *handle = &dev;
    return SANE_STATUS_GOOD;
}

EXPORT void sane_virtualfi_close(SANE_Handle handle) {
    sane_virtualfi_cancel(handle);
    drop_file();
    dev.open = 0;
}

EXPORT const SANE_Option_Descriptor *sane_virtualfi_get_option_descriptor(SANE_Handle handle, SANE_Int at) {
    (void)handle;
    return at >= 0 && at < O_COUNT ? &table[at] : NULL;
}

EXPORT SANE_Status sane_virtualfi_control_option(SANE_Handle handle, SANE_Int at, SANE_Action action, void *value,
                                                 SANE_Int *info) {
    SANE_Int flags = 0;
    SANE_Status status = SANE_STATUS_INVAL;
    (void)handle;
    if (info) *info = 0;
    if (at < 0 || at >= O_COUNT || table[at].type == SANE_TYPE_GROUP || !value) return status;
    if (table[at].cap & SANE_CAP_INACTIVE) return status;
    if (action == SANE_ACTION_GET_VALUE) return get(at, value);
    if (action != SANE_ACTION_SET_VALUE) return SANE_STATUS_UNSUPPORTED;
    if (dev.scanning) return SANE_STATUS_DEVICE_BUSY;
    if (!SANE_OPTION_IS_SETTABLE(table[at].cap)) return status;
    status = set(at, value, &flags);
    if (info) *info = flags;
    return status;
}

EXPORT SANE_Status sane_virtualfi_set_io_mode(SANE_Handle handle, SANE_Bool non_blocking) {
    (void)handle;
    return non_blocking ? SANE_STATUS_UNSUPPORTED : SANE_STATUS_GOOD;
}

EXPORT SANE_Status sane_virtualfi_get_select_fd(SANE_Handle handle, SANE_Int *descriptor) {
    (void)handle;
    (void)descriptor;
    return SANE_STATUS_UNSUPPORTED;
}

EXPORT SANE_String_Const sane_virtualfi_strstatus(SANE_Status status) {
    (void)status;
    return "";
}
