/* zkroll config: every option with its default and its meaning, as a file that a node reads. */
#include "cli/cli.h"
#include "cli/node_args.h"

static const char doc[] =
    "Prints every setting of a node with its type, bounds, default and meaning, in the form of the configuration file; "
    "values are those that a node with the same flags, environment and file would use. Settings that have their "
    "default are comments.\vSecrets are no settings: they come from files that settings name, or from the environment, "
    "and are never printed.";

int cmd_config(int argc, char **argv)
{
    static struct node_args args = {.doc = doc, .args_doc = ""};
    if (node_args_parse(&args, argc, argv) != ZK_OK) return node_args_failed(argv[0]);
    config_print(&args.config, stdout);
    return CLI_DONE;
}
