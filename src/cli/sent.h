/* sent: what this process has sent and cannot take back. A command that fails after that must not look like one that
 * did nothing: whoever runs it again would pay again. Its exit code is CLI_UNSURE, and the line that says why names
 * what was sent, so that it can be looked for.
 *
 * Threads    one: that of the command. */
#ifndef ZK_CLI_SENT_H
#define ZK_CLI_SENT_H

#include "base/common.h"

/* The longest name: "sync-tx:" or "0x", and 64 digits. */
#define SENT_NAME_MAX 80

/* From now on, something named so is or may be on its way. Also printed on stderr, with --quiet too: it is all that is
 * left if this process ends here. Call it just before sending. */
void sent_begin(const char *name);

/* It is known what became of it: done, refused or rejected; or it never left. */
void sent_known(void);

/* Like sent_begin, for what was named before and whose end is not known yet. */
void sent_remember(const char *name);

/* NULL: nothing is open. */
const char *sent_name(void);

/* "; 0x… is or may be sent: …", or nothing. For the end of an error's line. */
const char *sent_hint(void);

#endif
