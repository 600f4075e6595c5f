/* fq8: eight fq side by side, for AVX-512 IFMA. Everything is as in fr8.h, with q for p. */
#ifndef ZK_FIELD_FQ8_H
#define ZK_FIELD_FQ8_H

#include "field/fq.h"

#define FIELD       fq
#define FIELD8      fq8
#define FN8(name)   fq8_##name
#define CONST(name) FQ_##name
#include "field/field8_tmpl.h"
#undef FIELD
#undef FIELD8
#undef FN8
#undef CONST

#endif
