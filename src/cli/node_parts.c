#include "cli/node_parts.h"

#include "api/api_part.h"

static const struct node_part *const parts[] = {&api_part, NULL};

zk_err node_parts_add(struct node *n)
{
    for (size_t i = 0; parts[i] != NULL; i++) ZK_TRY(node_add_part(n, parts[i]));
    return ZK_OK;
}
