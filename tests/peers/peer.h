/* peer: a program that answers questions about our code, one line each, so that a script can compare the answers with
 * somebody else's code. A question is words between spaces, the first of them an operation; words are at most
 * PEER_LINE_MAX bytes a line. An operation prints its answer, and peer_serve ends the line. Numbers are 64 hex digits.
 * A question that is not understood stops the program with code 2: it is a mistake in the script. */
#ifndef ZK_TESTS_PEER_H
#define ZK_TESTS_PEER_H

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define PEER_LINE_MAX  (1 << 20)
#define PEER_WORDS_MAX 4096

struct peer_op {
    const char *name;
    int n_args; /* -1: any number */
    void (*answer)(char **args, int n_args);
};

_Noreturn static inline void peer_refuse(const char *what, const char *word)
{
    (void)fprintf(stderr, "peer: %s: %s\n", what, word);
    exit(2);
}

static inline void peer_bytes32(uint8_t out[32], const char *word)
{
    if (!hex_decode(out, 32, word, strlen(word))) peer_refuse("not 64 hex digits", word);
}

static inline void peer_print32(const uint8_t in[32])
{
    char hex[65];
    hex_encode(hex, in, 32);
    (void)fputs(hex, stdout);
}

static inline int peer_split(char **words, char *line)
{
    int n = 0;
    char *rest = line;
    for (char *word; (word = strsep(&rest, " \n")) != NULL;) {
        if (*word == '\0') continue;
        if (n == PEER_WORDS_MAX) peer_refuse("too many words after", words[0]);
        words[n++] = word;
    }
    return n;
}

/* Answers every line of standard input; what main() is. */
static inline int peer_serve(const struct peer_op *ops, size_t n_ops)
{
    static char line[PEER_LINE_MAX];
    static char *words[PEER_WORDS_MAX];
    while (fgets(line, sizeof line, stdin) != NULL) {
        int n = peer_split(words, line);
        if (n == 0) peer_refuse("empty line", "");
        const struct peer_op *op = NULL;
        for (size_t i = 0; i < n_ops; i++)
            if (strcmp(ops[i].name, words[0]) == 0) op = &ops[i];
        if (op == NULL) peer_refuse("unknown operation", words[0]);
        if (op->n_args >= 0 && op->n_args != n - 1) peer_refuse("wrong number of arguments", words[0]);
        op->answer(words + 1, n - 1);
        (void)putchar('\n');
    }
    return fflush(stdout) == 0 && ferror(stdin) == 0 ? 0 : 1;
}

#endif
