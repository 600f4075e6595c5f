#include "base/cpu.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"plain", "adx", "ifma"};

const char *cpu_level_str(cpu_level level)
{
    assert((size_t)level < ZK_COUNT(names));
    return names[level];
}

cpu_level cpu_best(void)
{
#ifdef ZK_X86_64
    __builtin_cpu_init();
    /* Compilers' own test includes what the operating system saves of the registers (XCR0). They have no name for ADX;
     * every processor with AVX-512 has it, and the others are asked by CPUID leaf 7, EBX bit 19. */
    unsigned b = 0;
    unsigned a = 7;
    unsigned c = 0;
    unsigned d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    bool adx = __builtin_cpu_supports("bmi2") && (b >> 19 & 1) != 0;
    if (!adx) return CPU_PLAIN;
    bool ifma = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                __builtin_cpu_supports("avx512ifma");
    return ifma ? CPU_IFMA : CPU_ADX;
#else
    return CPU_PLAIN;
#endif
}

static cpu_level chosen;

static void choose(void)
{
    chosen = cpu_best();
    const char *want = getenv("ZK_CPU");
    if (want == NULL || want[0] == '\0') return;
    for (size_t i = 0; i < ZK_COUNT(names); i++) {
        if (strcmp(want, names[i]) != 0) continue;
        if ((cpu_level)i <= chosen) {
            chosen = (cpu_level)i;
            return;
        }
        (void)fprintf(stderr, "ZK_CPU=%s: this processor's best level is %s\n", want, names[chosen]);
        exit(77);
    }
    (void)fprintf(stderr, "ZK_CPU=%s: want plain, adx or ifma\n", want);
    exit(77);
}

cpu_level cpu_level_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, choose);
    return chosen;
}
