/* ask: what only the person at the terminal can answer: passwords, secrets, yes or no.
 *
 * Secrets   are typed without echo, or come from a file or the environment, never from the command line; the caller
 *           wipes what it got. The environment's copy stays where it was.
 * Failure   ZK_ERR_INPUT: nobody can be asked (no terminal), or the answers differ. */
#ifndef ZK_CLI_ASK_H
#define ZK_CLI_ASK_H

#include "cli/args.h"

#define ASK_SECRET_MAX 1024

/* The wallet's password: the first line of --password-file, else $ZKROLL_PASSWORD, else typed. twice: a new one, to be
 * typed two times and not empty. */
ZK_MUST_USE zk_err ask_password(char out[ASK_SECRET_MAX], const struct args *a, bool twice);

/* A line typed without echo. */
ZK_MUST_USE zk_err ask_secret(char out[ASK_SECRET_MAX], const char *prompt);

/* The first line of a file that nobody else may read, or typed after the prompt if path is "-". */
ZK_MUST_USE zk_err ask_secret_file(char out[ASK_SECRET_MAX], const char *path, const char *prompt);

/* *yes: --yes was given, or the answer is y or yes. Without a terminal and without --yes: ZK_ERR_INPUT. */
ZK_MUST_USE zk_err ask_consent(bool *yes, const struct args *a, const char *question);

#endif
