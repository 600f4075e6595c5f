/* fr_adx: single operations and fr_kernels of CPU_ADX; same contracts as in fr.h. Seen by fr.c alone. */
#ifndef ZK_FIELD_FR_ADX_H
#define ZK_FIELD_FR_ADX_H

#include "field/fr.h"

void fr_mul_adx(fr *r, const fr *a, const fr *b);
void fr_sqr_adx(fr *r, const fr *a);
void fr_add_adx(fr *r, const fr *a, const fr *b);
void fr_sub_adx(fr *r, const fr *a, const fr *b);

extern const struct fr_kernels fr_kernels_adx;

#endif
