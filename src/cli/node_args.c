#include "cli/node_args.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Keys of options: characters first, then one for each row of the table. */
enum { OPT_JSON = 256, OPT_ROWS = 1000 };

#define ROWS_MAX 128
#define NAME_CAP 64

struct parsing {
    struct node_args *out;
    const char *file;
    const char *values[ROWS_MAX]; /* as given, for each row */
};

static error_t parse_option(int opt, char *arg, struct argp_state *state)
{
    struct parsing *p = state->input;
    if (opt >= OPT_ROWS && opt < OPT_ROWS + ROWS_MAX) {
        p->values[opt - OPT_ROWS] = arg;
        return 0;
    }
    switch (opt) {
    case 'c': p->file = arg; return 0;
    case OPT_JSON:
        if (!p->out->takes_json) argp_error(state, "--json is not for this command");
        p->out->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (p->out->n_positional == p->out->max_positional) argp_error(state, "'%s' is one argument too many", arg);
        p->out->positional[p->out->n_positional++] = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char *placeholder(const char *type)
{
    static const struct {
        const char *type, *text;
    } names[] = {{"number", "N"},    {"time", "TIME"}, {"size", "SIZE"},
                 {"roles", "ROLES"}, {"list", "LIST"}, {"yes/no", "yes|no"}};
    for (size_t i = 0; i < ZK_COUNT(names); i++)
        if (strcmp(names[i].type, type) == 0) return names[i].text;
    return "TEXT";
}

struct flags {
    struct argp_option options[ROWS_MAX + 8];
    char names[ROWS_MAX][NAME_CAP];
    char docs[ROWS_MAX][400];
};

static void make_flags(struct flags *f, bool takes_json)
{
    size_t n = 0, rows = config_rows();
    assert(rows <= ROWS_MAX);
    f->options[n++] =
        (struct argp_option){"config", 'c', "FILE", 0, "the configuration file; `zkroll config` prints one", 0};
    if (takes_json) f->options[n++] = (struct argp_option){"json", OPT_JSON, NULL, 0, "print JSON", 0};
    f->options[n++] = (struct argp_option){NULL, 0, NULL, 0, "Settings, over those of environment and file:", 1};
    for (size_t i = 0; i < rows; i++) {
        struct config_row row;
        config_row(&row, i);
        (void)snprintf(f->names[i], NAME_CAP, "%s%s%s", row.section, row.section[0] != '\0' ? "." : "", row.key);
        (void)snprintf(f->docs[i], sizeof f->docs[i], "%s (%s)", row.meaning,
                       row.fallback[0] != '\0' ? row.fallback : "empty");
        f->options[n++] = (struct argp_option){f->names[i], OPT_ROWS + (int)i, placeholder(row.type), 0, f->docs[i], 2};
    }
    f->options[n] = (struct argp_option){0};
}

static zk_err apply(struct parsing *p, const struct flags *f)
{
    struct node_config *c = &p->out->config;
    const char *file = p->file != NULL ? p->file : getenv(CONFIG_FILE_VARIABLE);
    config_defaults(c);
    if (file != NULL && file[0] != '\0') ZK_TRY(config_file(c, file));
    ZK_TRY(config_environment(c, environ));
    for (size_t i = 0; i < config_rows(); i++)
        if (p->values[i] != NULL) ZK_TRY(config_set(c, f->names[i], p->values[i]));
    return ZK_OK;
}

zk_err node_args_parse(struct node_args *a, int argc, char **argv)
{
    struct parsing p = {.out = a};
    struct flags *f = calloc(1, sizeof *f);
    if (f == NULL) return zk_fail(ZK_ERR_MEMORY, "no memory for the command line");
    make_flags(f, a->takes_json);
    const struct argp argp = {.options = f->options, .parser = parse_option, .args_doc = a->args_doc, .doc = a->doc};
    zk_err err =
        argp_parse(&argp, argc, argv, 0, NULL, &p) == 0 ? ZK_OK : zk_fail(ZK_ERR_INPUT, "cannot read the options");
    if (err == ZK_OK) err = apply(&p, f);
    free(f);
    return err;
}

cli_exit node_args_failed(const char *command)
{
    (void)fprintf(stderr, "%s: %s\n", command, zk_err_message());
    return CLI_FAILED;
}
