/* What one field operation costs. Kernels and single products stand beside the plain kernel of the same run, inversions
 * beside Fermat's power. */
#include "field/fq.h"
#include "field/fr.h"

#include "base/bench.h"
#include "base/prng.h"

#include <stdio.h>

#define FIELD       fr
#define FN(name)    fr_##name
#define CONST(name) FR_##name
#define NAME        "fr"
#include "field/field_bench_tmpl.h"
#undef FIELD
#undef FN
#undef CONST
#undef NAME

#define FIELD       fq
#define FN(name)    fq_##name
#define CONST(name) FQ_##name
#define NAME        "fq"
#include "field/field_bench_tmpl.h"

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_begin(&options, "field: one operation", argc, argv);
    fr_bench(&options);
    fq_bench(&options);
    return 0;
}
