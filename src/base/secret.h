/* secret: says where a secret value becomes public, so that a test can check that nothing else depends on one.
 *
 * In a program compiled with ZK_CTIME, run under valgrind, secret_classify marks bytes as undefined; memcheck then
 * reports every branch and every address that depends on them, until secret_declassify says that a value may be known.
 * In all other programs both are nothing. Idea: Adam Langley's ctgrind, 2010. */
#ifndef ZK_BASE_SECRET_H
#define ZK_BASE_SECRET_H

#include "base/common.h"

#ifdef ZK_CTIME
#include <valgrind/memcheck.h>
ZK_INLINE void secret_classify(const void *p, size_t n)
{
    VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}
ZK_INLINE void secret_declassify(const void *p, size_t n)
{
    VALGRIND_MAKE_MEM_DEFINED(p, n);
}
#else
ZK_INLINE void secret_classify(const void *p, size_t n)
{
    (void)p;
    (void)n;
}
ZK_INLINE void secret_declassify(const void *p, size_t n)
{
    (void)p;
    (void)n;
}
#endif

#endif
