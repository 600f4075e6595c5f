#include "cli/sent.h"

#include <stdio.h>
#include <string.h>

static char open_name[SENT_NAME_MAX + 1];
static char hint[SENT_NAME_MAX + 128];

void sent_remember(const char *name)
{
    (void)snprintf(open_name, sizeof open_name, "%s", name);
}

void sent_begin(const char *name)
{
    sent_remember(name);
    (void)fprintf(stderr, "sending %s\n", name);
    (void)fflush(stderr);
}

void sent_known(void)
{
    open_name[0] = '\0';
}

const char *sent_name(void)
{
    return open_name[0] != '\0' ? open_name : NULL;
}

const char *sent_hint(void)
{
    if (open_name[0] == '\0') return "";
    bool on_l1 = strncmp(open_name, "0x", 2) == 0;
    (void)snprintf(hint, sizeof hint, "; %s was sent, or may have been: %s before you send it again", open_name,
                   on_l1 ? "look for it on L1" : "`zkroll wallet tx` says");
    return hint;
}
