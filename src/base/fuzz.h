/* fuzz: what a *_fuzz.c file is made of: one function, which aborts (assert, CHECK-like) when a law is broken.
 *
 *   FUZZ_TARGET(const uint8_t *data, size_t len) { ... }
 *
 * With clang and the fuzz preset, libFuzzer drives it. In every other build the program replays the files of the folder
 * given as its argument (fuzz/corpus/NAME/), then FUZZ_ROUNDS inputs made from them and from a fixed seed, so that each
 * run of the test suite is a short fuzzing run as well. */
#ifndef ZK_BASE_FUZZ_H
#define ZK_BASE_FUZZ_H

#include "base/common.h"

#define FUZZ_ROUNDS  2000
#define FUZZ_LEN_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#ifdef ZK_FUZZ
#define FUZZ_DRIVER
#else
int fuzz_replay_main(int argc, char **argv, void (*one)(const uint8_t *data, size_t len));
#define FUZZ_DRIVER                                                                                                    \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return fuzz_replay_main(argc, argv, fuzz_one);                                                                 \
    }
#endif

#define FUZZ_TARGET(data_arg, len_arg)                                                                                 \
    static void fuzz_one(data_arg, len_arg);                                                                           \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)                                                        \
    {                                                                                                                  \
        fuzz_one(data, len);                                                                                           \
        return 0;                                                                                                      \
    }                                                                                                                  \
    FUZZ_DRIVER                                                                                                        \
    static void fuzz_one(data_arg, len_arg)

/* Like assert, but names the law. */
#define FUZZ_CHECK(cond)                                                                                               \
    do {                                                                                                               \
        if (!(cond)) fuzz_broken(__FILE__, __LINE__, #cond);                                                           \
    } while (0)

_Noreturn void fuzz_broken(const char *file, int line, const char *law);

#endif
