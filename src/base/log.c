#include "base/log.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static struct {
    pthread_mutex_t lock;
    log_level min;
    log_format format;
    FILE *out;
} config = {PTHREAD_MUTEX_INITIALIZER, LOG_INFO, LOG_TEXT, NULL};

void log_configure(log_level min, log_format format, FILE *out)
{
    (void)pthread_mutex_lock(&config.lock);
    config.min = min;
    config.format = format;
    config.out = out;
    (void)pthread_mutex_unlock(&config.lock);
}

bool log_level_parse(log_level *out, const char *name)
{
    for (size_t i = 0; i < ZK_COUNT(level_names); i++) {
        if (strcmp(name, level_names[i]) != 0) continue;
        *out = (log_level)i;
        return true;
    }
    return false;
}

/* A line under construction. Room for the ending is kept back, so that a cut line is still one valid line. */
struct line {
    char text[4096];
    size_t len;
    bool cut;
};

static void put(struct line *l, const char *s, size_t n)
{
    if (n > sizeof l->text - 64 - l->len) {
        l->cut = true;
        return;
    }
    memcpy(l->text + l->len, s, n);
    l->len += n;
}

static void put_str(struct line *l, const char *s)
{
    put(l, s, strlen(s));
}

/* Quotes s as JSON does; text lines use the same quoting for values with spaces, quotes or control characters. */
static void put_quoted(struct line *l, const char *s)
{
    put(l, "\"", 1);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        char esc[8];
        if (c == '"' || c == '\\') {
            esc[0] = '\\';
            esc[1] = (char)c;
            put(l, esc, 2);
        } else if (c < 0x20 || c == 0x7f) {
            (void)snprintf(esc, sizeof esc, "\\u%04x", c);
            put(l, esc, 6);
        } else {
            put(l, s, 1);
        }
    }
    put(l, "\"", 1);
}

static bool is_plain_word(const char *s)
{
    if (*s == '\0') return false;
    for (; *s != '\0'; s++)
        if ((unsigned char)*s <= 0x20 || *s == '"' || *s == '=' || *s == '\\' || (unsigned char)*s == 0x7f)
            return false;
    return true;
}

static void put_value(struct line *l, const struct log_field *f, log_format format)
{
    char number[48];
    switch (f->kind) {
    case LOG_KIND_STR: {
        const char *s = f->str != NULL ? f->str : "";
        if (format == LOG_TEXT && is_plain_word(s))
            put_str(l, s);
        else
            put_quoted(l, s);
        return;
    }
    case LOG_KIND_U64: (void)snprintf(number, sizeof number, "%llu", (unsigned long long)f->u64); break;
    case LOG_KIND_I64: (void)snprintf(number, sizeof number, "%lld", (long long)f->i64); break;
    case LOG_KIND_F64:
        /* JSON has no NaN and no infinity. */
        (void)snprintf(number, sizeof number, isfinite(f->f64) ? "%.6g" : "null", f->f64);
        break;
    case LOG_KIND_BOOL: (void)snprintf(number, sizeof number, "%s", f->boolean ? "true" : "false"); break;
    }
    put_str(l, number);
}

static void put_time(struct line *l)
{
    struct timespec now;
    struct tm tm;
    char text[40];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + n, sizeof text - n, ".%03ldZ", now.tv_nsec / 1000000);
    put_str(l, text);
}

static void format_text(struct line *l, log_level level, const char *event, const struct log_field *f)
{
    static const char *const upper[] = {"DEBUG", "INFO", "WARN", "ERROR"};
    put_time(l);
    put_str(l, " ");
    put_str(l, upper[level]);
    put_str(l, " event=");
    put_str(l, event);
    for (; f->key != NULL; f++) {
        size_t before = l->len;
        put_str(l, " ");
        put_str(l, f->key);
        put_str(l, "=");
        put_value(l, f, LOG_TEXT);
        if (l->cut) {
            l->len = before; /* a field is there whole or not at all: half a quoted value would swallow what follows */
            break;
        }
    }
}

static void format_json(struct line *l, log_level level, const char *event, const struct log_field *f)
{
    put_str(l, "{\"time\":\"");
    put_time(l);
    put_str(l, "\",\"level\":\"");
    put_str(l, level_names[level]);
    put_str(l, "\",\"event\":");
    put_quoted(l, event);
    for (; f->key != NULL; f++) {
        size_t before = l->len;
        put_str(l, ",\"");
        put_str(l, f->key);
        put_str(l, "\":");
        put_value(l, f, LOG_JSON);
        if (l->cut) {
            l->len = before; /* as above */
            break;
        }
    }
}

void log_write(log_level level, const char *event, const struct log_field *fields)
{
    (void)pthread_mutex_lock(&config.lock);
    if (level >= config.min) {
        struct line l;
        l.len = 0;
        l.cut = false;
        if (config.format == LOG_JSON)
            format_json(&l, level, event, fields);
        else
            format_text(&l, level, event, fields);
        /* The ending fits in what put() keeps back. */
        const char *ending =
            config.format == LOG_JSON ? (l.cut ? ",\"cut\":true}\n" : "}\n") : (l.cut ? " cut=true\n" : "\n");
        size_t n = strlen(ending);
        memcpy(l.text + l.len, ending, n);
        FILE *out = config.out != NULL ? config.out : stderr;
        (void)fwrite(l.text, 1, l.len + n, out);
        (void)fflush(out);
    }
    (void)pthread_mutex_unlock(&config.lock);
}
