/* fq_adx: single operations and fq_kernels of CPU_ADX; same contracts as in fq.h. Seen by fq.c alone. */
#ifndef ZK_FIELD_FQ_ADX_H
#define ZK_FIELD_FQ_ADX_H

#include "field/fq.h"

void fq_mul_adx(fq *r, const fq *a, const fq *b);
void fq_sqr_adx(fq *r, const fq *a);
void fq_add_adx(fq *r, const fq *a, const fq *b);
void fq_sub_adx(fq *r, const fq *a, const fq *b);

extern const struct fq_kernels fq_kernels_adx;

#endif
