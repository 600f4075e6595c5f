#include "base/common.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[256];

const char *zk_err_str(zk_err err)
{
    switch (err) {
    case ZK_OK: return "ok";
    case ZK_ERR_INPUT: return "input";
    case ZK_ERR_RANGE: return "range";
    case ZK_ERR_FULL: return "full";
    case ZK_ERR_MEMORY: return "memory";
    case ZK_ERR_IO: return "io";
    case ZK_ERR_CORRUPT: return "corrupt";
    case ZK_ERR_UNSUPPORTED: return "unsupported";
    case ZK_ERR_CANCELLED: return "cancelled";
    }
    return "unknown";
}

zk_err zk_fail(zk_err err, const char *fmt, ...)
{
    assert(err != ZK_OK);
    /* Formatted aside first, so that a caller may quote zk_err_message() in its own, longer message. */
    char line[sizeof message];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (len < 0) line[0] = '\0';
    __builtin_memcpy(message, line, sizeof message);
    return err;
}

const char *zk_err_message(void)
{
    return message;
}
