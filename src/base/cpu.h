/* cpu: which kernels this machine can run.
 *
 * Levels are ordered; each includes those below. ZK_CPU=plain|adx|ifma in the environment lowers the level, so that
 * tests can run every kernel; a level above the machine's is refused.
 *
 *   plain   portable C
 *   adx     x86-64 with BMI2 and ADX: mulx, adcx, adox
 *   ifma    AVX-512 F, DQ, BW, VL and IFMA: eight field elements at a time */
#ifndef ZK_BASE_CPU_H
#define ZK_BASE_CPU_H

#include "base/common.h"

typedef enum cpu_level { CPU_PLAIN, CPU_ADX, CPU_IFMA } cpu_level;

/* "plain", "adx" or "ifma". */
const char *cpu_level_str(cpu_level level);

/* The best level of this processor and operating system, whatever ZK_CPU says. */
cpu_level cpu_best(void);

/* The level to use: ZK_CPU if set, else the best. Read from the environment once; any thread may call it.
 * An unknown or impossible ZK_CPU stops the program with exit code 77 and a line to stderr: going on with another
 * kernel than the one asked for would make a test pass that never ran. */
cpu_level cpu_level_get(void);

#endif
