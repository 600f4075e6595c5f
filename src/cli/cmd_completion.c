/* `zkroll completion bash` and `zkroll man`: both are written from the tables that read the command lines. */
#include "cli/args.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct args_program *const programs[] = {&wallet_program, &restore_program, &exit_program, &verify_program,
                                                      &calldata_program};

static const char *short_name(const struct args_program *p)
{
    return p->name + strlen("zkroll ");
}

static bool allows(const struct args_command *c, args_option option)
{
    return option == ARG_HELP || (c->options & ARGS_BIT(option)) != 0;
}

/* ---- completion */

static void print_words(const struct args_command *c)
{
    for (int i = 0; i < ARGS_OPTIONS; i++)
        if (allows(c, (args_option)i)) printf(" --%s", args_option_info((args_option)i)->name);
}

static void print_case(const struct args_program *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct args_command *c = &p->commands[i];
        printf("        '%s%s%s')\n            words='", short_name(p), c->name[0] != '\0' ? " " : "", c->name);
        print_words(c);
        printf("'\n            ;;\n");
    }
    if (p->n == 1 && p->commands[0].name[0] == '\0') return;
    printf("        '%s')\n            words='--help", short_name(p));
    for (size_t i = 0; i < p->n; i++) printf(" %s", p->commands[i].name);
    printf("'\n            ;;\n");
}

/* After these options comes a file or a folder. */
static void print_file_options(void)
{
    bool first = true;
    for (int i = 0; i < ARGS_OPTIONS; i++) {
        const struct args_option_info *o = args_option_info((args_option)i);
        if (o->arg == NULL || (strcmp(o->arg, "FILE") != 0 && strcmp(o->arg, "DIR") != 0)) continue;
        printf("%s--%s", first ? "" : "|", o->name);
        first = false;
    }
}

static void print_bash(void)
{
    printf("# bash completion of zkroll; written by `zkroll completion bash`.\n"
           "_zkroll() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} words=''\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        COMPREPLY=($(compgen -W '");
    for (size_t i = 0; i < cli_command_count(); i++) printf("%s%s", i > 0 ? " " : "", cli_command_name(i));
    printf("' -- \"$word\"))\n"
           "        return\n"
           "    fi\n"
           "    case $last in\n    ");
    print_file_options();
    printf(")\n"
           "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
           "        return\n"
           "        ;;\n"
           "    --wait)\n"
           "        COMPREPLY=($(compgen -W 'committed verified none' -- \"$word\"))\n"
           "        return\n"
           "        ;;\n"
           "    esac\n"
           "    local command=${COMP_WORDS[1]}\n"
           "    case $command in\n    ");
    bool first = true;
    for (size_t i = 0; i < ZK_COUNT(programs); i++) {
        if (programs[i]->n == 1 && programs[i]->commands[0].name[0] == '\0') continue;
        printf("%s%s", first ? "" : "|", short_name(programs[i]));
        first = false;
    }
    printf(")\n"
           "        if [ \"$COMP_CWORD\" -gt 2 ]; then command=\"$command ${COMP_WORDS[2]}\"; fi\n"
           "        ;;\n"
           "    esac\n"
           "    case $command in\n");
    for (size_t i = 0; i < ZK_COUNT(programs); i++) print_case(programs[i]);
    printf("        *)\n"
           "            words=$(\"${COMP_WORDS[0]}\" ${COMP_WORDS[1]} --help 2>/dev/null | grep -oE -- "
           "'--[a-z][a-z0-9.-]*')\n"
           "            ;;\n"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "    if [ \"${#COMPREPLY[@]}\" -eq 0 ]; then COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
           "}\n"
           "complete -F _zkroll zkroll\n");
}

int cmd_completion(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], "bash") != 0) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        (void)fprintf(help ? stdout : stderr,
                      "Usage: zkroll completion bash\n\nPrints what bash needs to complete zkroll's commands:\n"
                      "  zkroll completion bash > ~/.local/share/bash-completion/completions/zkroll\n");
        return help ? CLI_DONE : CLI_MISUSED;
    }
    print_bash();
    return CLI_DONE;
}

/* ---- manual */

/* Text for roff: hyphens and backslashes are its own, and so is a dot or an apostrophe at the beginning of a line. */
static void roff(const char *text)
{
    bool begin = true;
    for (const char *p = text; *p != '\0'; p++) {
        if (begin && (*p == '.' || *p == '\'')) printf("\\&");
        begin = *p == '\n';
        if (*p == '-' || *p == '\\')
            printf("\\%s", *p == '-' ? "-" : "e");
        else
            (void)putchar(*p);
    }
}

static void roff_sentence(const char *text)
{
    (void)putchar(toupper((unsigned char)text[0]));
    roff(text + 1);
    printf(".\n");
}

static void man_option(args_option option)
{
    const struct args_option_info *o = args_option_info(option);
    printf(".TP\n");
    if (o->letter != 0) printf("\\fB\\-%c\\fR, ", o->letter);
    printf("\\fB\\-\\-");
    roff(o->name);
    printf("\\fR%s%s%s\n", o->arg != NULL ? " \\fI" : "", o->arg != NULL ? o->arg : "", o->arg != NULL ? "\\fR" : "");
    roff_sentence(o->what);
    if (o->variable != NULL) printf("The default is in \\fB$%s\\fR.\n", o->variable);
}

static void man_command(const struct args_program *p, const struct args_command *c)
{
    printf(".SS \"%s%s%s", p->name, c->name[0] != '\0' ? " " : "", c->name);
    if (c->args[0] != '\0') printf(" %s", c->args);
    printf("\"\n");
    roff_sentence(c->what);
    if (c->text != NULL) {
        roff(c->text);
        printf("\n");
    }
    printf(".br\nOptions:");
    for (int i = 0; i < ARGS_OPTIONS; i++) {
        if (!allows(c, (args_option)i)) continue;
        printf(" \\fB\\-\\-");
        roff(args_option_info((args_option)i)->name);
        printf("\\fR");
    }
    printf("\n");
}

static void print_man(void)
{
    printf(".\\\" Written by `zkroll man`.\n.TH ZKROLL 1 \"\" \"zkroll %s\" \"User Commands\"\n", ZK_VERSION);
    printf(".SH NAME\nzkroll \\- a zkRollup for Ethereum payments: its node, and what users need\n");
    printf(".SH SYNOPSIS\n.B zkroll\n\\fICOMMAND\\fR [\\fIOPTION\\fR...]\n.SH COMMANDS\n");
    for (size_t i = 0; i < cli_command_count(); i++) {
        printf(".TP\n\\fBzkroll %s\\fR\n", cli_command_name(i));
        roff_sentence(cli_command_what(i));
    }
    printf(".PP\nEach says what it takes with \\fB\\-\\-help\\fR. Below are the commands of users.\n");
    printf(".SH USERS' COMMANDS\n");
    for (size_t i = 0; i < ZK_COUNT(programs); i++)
        for (size_t k = 0; k < programs[i]->n; k++) man_command(programs[i], &programs[i]->commands[k]);
    printf(".SH OPTIONS\nAn option means the same in every command that takes it.\n");
    for (int i = 0; i < ARGS_OPTIONS; i++) man_option((args_option)i);
    printf(".SH ENVIRONMENT\n.TP\n.B ZKROLL_PASSWORD\nThe wallet's password, where it is not in a file or typed.\n");
    printf(".SH FILES\n.TP\n.I ~/.zkroll/wallet.json\nThe wallet: an Ethereum keystore, version 3.\n");
    printf(".SH EXIT STATUS\n0: done. 1: refused or failed; one line on standard error says why. 2: misused.\n");
}

int cmd_man(int argc, char **argv)
{
    if (argc > 1) {
        bool help = strcmp(argv[1], "--help") == 0;
        (void)fprintf(help ? stdout : stderr,
                      "Usage: zkroll man\n\nPrints the manual page, in roff: zkroll man | man -l -\n");
        return help ? CLI_DONE : CLI_MISUSED;
    }
    print_man();
    return CLI_DONE;
}
