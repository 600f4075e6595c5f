/* log: structured lines, `event=... key=value`, for `node`, `api` and `cli`. Libraries below them return, never log.
 *
 *   log_event(LOG_INFO, "block_sealed", LOG_U64("block", n), LOG_STR("root", hex), LOG_END);
 *
 *   text   2026-11-23T01:02:03.004Z INFO event=block_sealed block=17 root=0x…      to read
 *   json   {"time":"…","level":"info","event":"block_sealed","block":17,"root":"…"}  one object a line
 *
 * Levels   ERROR means that a person must act. WARN: unusual, handled. INFO: what an operator follows. DEBUG: all else.
 * Secrets  never passed here; nothing can be filtered out afterwards.
 * Threads  any; each line is written whole. */
#ifndef ZK_BASE_LOG_H
#define ZK_BASE_LOG_H

#include "base/common.h"

#include <stdio.h>

typedef enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } log_level;
typedef enum log_format { LOG_TEXT, LOG_JSON } log_format;

struct log_field {
    const char *key; /* NULL ends the list; else a C identifier */
    enum { LOG_KIND_STR, LOG_KIND_U64, LOG_KIND_I64, LOG_KIND_F64, LOG_KIND_BOOL } kind;
    union {
        const char *str;
        uint64_t u64;
        int64_t i64;
        double f64;
        bool boolean;
    };
};

#define LOG_STR(k, v)  ((struct log_field){.key = (k), .kind = LOG_KIND_STR, .str = (v)})
#define LOG_U64(k, v)  ((struct log_field){.key = (k), .kind = LOG_KIND_U64, .u64 = (v)})
#define LOG_I64(k, v)  ((struct log_field){.key = (k), .kind = LOG_KIND_I64, .i64 = (v)})
#define LOG_F64(k, v)  ((struct log_field){.key = (k), .kind = LOG_KIND_F64, .f64 = (v)})
#define LOG_BOOL(k, v) ((struct log_field){.key = (k), .kind = LOG_KIND_BOOL, .boolean = (v)})
#define LOG_END        ((struct log_field){.key = NULL})

/* Lines below min are dropped; out is borrowed until the next call. Before the first call: INFO, text, stderr. */
void log_configure(log_level min, log_format format, FILE *out);

/* "debug", "info", "warn", "error" to a level; false for anything else. */
ZK_MUST_USE bool log_level_parse(log_level *out, const char *name);

/* fields: ends with LOG_END. A line longer than 4 KiB is cut and says so. */
void log_write(log_level level, const char *event, const struct log_field *fields);

#define log_event(level, event, ...) log_write((level), (event), (const struct log_field[]){__VA_ARGS__})

#endif
