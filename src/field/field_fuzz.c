/* Encodings from outside, and every kernel against the plain one: 32 bytes are one element, taken twice a run. */
#include "field/fq.h"
#include "field/fr.h"

#include "base/bytes.h"
#include "base/fuzz.h"

#define FIELD       fr
#define FN(name)    fr_##name
#define CONST(name) FR_##name
#include "field/field_fuzz_tmpl.h"
#undef FIELD
#undef FN
#undef CONST

#define FIELD       fq
#define FN(name)    fq_##name
#define CONST(name) FQ_##name
#include "field/field_fuzz_tmpl.h"

FUZZ_TARGET(const uint8_t *data, size_t len)
{
    fr_fuzz(data, len);
    fq_fuzz(data, len);
}
