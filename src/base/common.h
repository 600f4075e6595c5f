/* common: what every file may use: fixed-width types, attributes, assertions, and the one error type.
 *
 * Three kinds of "wrong", never mixed (docs/architecture.md):
 *   a bug               assert(), or ZK_DCHECK in inner loops (checked builds only)
 *   an operating failure zk_err, which nobody may ignore
 *   an answer           data: `bool *ok`, or an enum of the concept's own, with a _str function
 *
 * Errors   A failing function returns its code with zk_fail(), which also keeps one readable line for the user:
 *          what is wrong and what to do about it. zk_err_message() reads it back. The line belongs to the calling
 *          thread and is valid until that thread's next zk_fail(); pool_for() carries it over from its workers.
 *          A message never holds a secret. */
#ifndef ZK_BASE_COMMON_H
#define ZK_BASE_COMMON_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZK_MUST_USE     __attribute__((warn_unused_result))
#define ZK_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define ZK_ALIGN(n)     __attribute__((aligned(n)))
#define ZK_INLINE       static inline __attribute__((always_inline))
#define ZK_COUNT(a)     (sizeof(a) / sizeof((a)[0]))

/* An assertion that inner loops can afford only in checked builds (-DZK_CHECKED). */
#ifdef ZK_CHECKED
#define ZK_DCHECK(cond) assert(cond)
#else
#define ZK_DCHECK(cond) ((void)sizeof(cond))
#endif

typedef enum zk_err {
    ZK_OK = 0,
    ZK_ERR_INPUT,       /* bytes from outside are malformed: bad encoding, point off the curve, wrong length */
    ZK_ERR_RANGE,       /* an argument from outside is well formed but outside what this supports            */
    ZK_ERR_FULL,        /* an arena, queue or table is at the limit it was given                             */
    ZK_ERR_MEMORY,      /* the system has no more memory                                                     */
    ZK_ERR_IO,          /* disk or socket; trying again may help                                             */
    ZK_ERR_CORRUPT,     /* our own stored bytes fail their checksum: stop, tell a person                     */
    ZK_ERR_UNSUPPORTED, /* a version, feature or CPU level that this build does not have                     */
    ZK_ERR_CANCELLED,   /* the caller asked to stop                                                          */
} zk_err;

/* The code's name in lower case, such as "input"; static. */
const char *zk_err_str(zk_err err);

/* Keeps the formatted line (at most 255 bytes; longer is cut) as this thread's message and returns err. */
zk_err zk_fail(zk_err err, const char *fmt, ...) ZK_PRINTF(2, 3);

/* This thread's last message, "" before the first failure. Valid until this thread's next zk_fail(). */
const char *zk_err_message(void);

/* Return an error upward; only where nothing is held that must be released. */
#define ZK_TRY(call)                                                                                                   \
    do {                                                                                                               \
        zk_err zk_try_err_ = (call);                                                                                   \
        if (zk_try_err_ != ZK_OK) return zk_try_err_;                                                                  \
    } while (0)

#endif
