/* Questions about fr and fq: FIELD_OP, then elements as big-endian hex. Answers are elements, "none" where there is
 * no answer (the root of a non-square, an encoding that is refused). */
#include "field/fq.h"
#include "field/fr.h"

#include "peer.h"

#define FIELD    fr
#define FN(name) fr_##name
#include "peer_field_tmpl.h"
#undef FIELD
#undef FN

#define FIELD    fq
#define FN(name) fq_##name
#include "peer_field_tmpl.h"

int main(void)
{
    static const struct peer_op ops[] = {
        {"fr_add", 2, fr_answer_add},         {"fr_sub", 2, fr_answer_sub},
        {"fr_mul", 2, fr_answer_mul},         {"fr_sqr", 1, fr_answer_sqr},
        {"fr_inv", 1, fr_answer_inv},         {"fr_inv_vartime", 1, fr_answer_inv_vartime},
        {"fr_sqrt", 1, fr_answer_sqrt},       {"fr_from_be", 1, fr_answer_from_be},
        {"fr_from_le", 1, fr_answer_from_le}, {"fr_memory", 1, fr_answer_memory},
        {"fr_reduce", 1, fr_answer_reduce},   {"fr_to_le", 1, fr_answer_to_le},
        {"fq_add", 2, fq_answer_add},         {"fq_sub", 2, fq_answer_sub},
        {"fq_mul", 2, fq_answer_mul},         {"fq_sqr", 1, fq_answer_sqr},
        {"fq_inv", 1, fq_answer_inv},         {"fq_inv_vartime", 1, fq_answer_inv_vartime},
        {"fq_sqrt", 1, fq_answer_sqrt},       {"fq_from_be", 1, fq_answer_from_be},
        {"fq_from_le", 1, fq_answer_from_le}, {"fq_memory", 1, fq_answer_memory},
        {"fq_reduce", 1, fq_answer_reduce},   {"fq_to_le", 1, fq_answer_to_le},
    };
    return peer_serve(ops, ZK_COUNT(ops));
}
