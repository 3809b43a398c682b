// SPDX-License-Identifier: MIT
// cnnc: reads a .cnn file and does what the command says.
#include "../runtime/io/outfile.h"
#include "driver/compile.h"
#include "driver/completion.h"
#include "driver/define.h"
#include "driver/explain.h"
#include "driver/fix.h"
#include "driver/format.h"
#include "driver/inspect.h"
#include "driver/options.h"
#include "driver/source.h"
#include "formats/language.h"
#include "formats/summary.h"
#include "lsp/server.h"
#include "support/tell.h"
#include "support/terminal.h"
#include "syntax/ast.h"
#include <errno.h>
#include <string.h>

static ExitCode print_summary(const Options *o, Arena *a, Diag *d, Model *m) {
    SummaryNeeds machine, *needs = option_machine(o) ? &machine : NULL;
    int code = needs ? compile_summary(o, a, d, m, needs) : EXIT_OK;
    if (code != EXIT_OK) return (ExitCode)code;
    if (o->json)
        fputs(summary_json(a, m, needs), stdout);
    else if (o->style == STYLE_RICH)
        summary_rich(stdout, a, m, terminal_columns());
    else
        fputs(summary_classic(a, m, (SummaryForm){0}), stdout);
    if (needs && !o->json) fputs(summary_needs(a, needs), stdout);
    if (o->explain) printf("\n%s", summary_explain(a, m));
    return EXIT_OK;
}

static ExitCode dump(const Options *o, Arena *a, Diag *d, const Source *s, const Model *m) {
    if (o->dump == DUMP_AST) ast_print(syntax_parse(a, d, s->text, s->length), stdout);
    if (o->dump == DUMP_GRAPH && m) model_print(a, m, stdout);
    if (o->dump == DUMP_DATA && m) model_print_data(m, stdout);
    return EXIT_OK;
}

static ExitCode run_file(const Options *o, const char *name) {
    Arena *a = arena_new();
    Source s;
    ExitCode code = source_read(a, name, &s);
    if (code == EXIT_OK) code = define_names(o, a, s.name, &s.text, &s.length);
    if (code == EXIT_OK && o->command == COMMAND_FORMAT) {
        code = format_file(o, a, name, s.text, s.length);
    } else if (code == EXIT_OK && o->fix) {
        code = fix_file(o, a, name, s.text, s.length);
    } else if (code == EXIT_OK) {
        Diag *d = diag_new(a, s.name, s.text, s.length);
        Model *m = model_load(a, d, s.text, s.length, &(ModelOptions){o->data, o->model});
        bool program = o->command == COMMAND_BUILD || o->command == COMMAND_RUN;
        bool looks =
            o->command == COMMAND_CHECK || (o->command == COMMAND_SUMMARY && !option_machine(o));
        if (m && m->open && !looks) diag_error(d, m->loc, 424, "%s", m->open);
        if (m && m->lacks && program)
            diag_error(d, m->lacks_loc, 419, "no program can be built: %s", m->lacks);
        diag_flush(d, stderr, &o->diagnostics);
        bool refused = diag_errors(d) > 0;
        if (o->dump >= DUMP_AST && o->dump <= DUMP_DATA) {
            Diag *again = diag_new(a, s.name, s.text, s.length); // errors were printed
            dump(o, a, again, &s, refused ? NULL : m);
        } else if (!refused && o->command == COMMAND_SUMMARY) {
            code = print_summary(o, a, d, m);
        } else if (!refused && o->command != COMMAND_CHECK) {
            code = (ExitCode)compile_command(o, a, d, m);
        }
        if (refused) code = EXIT_REFUSED;
    }
    arena_free(a);
    return code;
}

static ExitCode run(const Options *o, Arena *a) {
    if (o->help) return command_line_help(o->command, stdout), EXIT_OK;
    if (o->version) return puts("cnnc " CNNC_VERSION), EXIT_OK;
    if (o->print_language) return language_print(stdout), EXIT_OK;
    if (o->print_completion) return completion_print((Shell)o->print_completion, stdout), EXIT_OK;
    if (o->print_targets || o->print_cpus) return (ExitCode)compile_print_machines(o, a);
    if (o->command == COMMAND_EXPLAIN) return explain_command(o);
    if (o->command == COMMAND_INSPECT) return inspect_command(o, a);
    if (o->command == COMMAND_LSP) return lsp_serve(o, stdin, stdout);
    ExitCode worst = EXIT_OK;
    for (int i = 0; i < o->nfile; i++) {
        ExitCode code = run_file(o, o->file[i]);
        if (code > worst) worst = code;
    }
    return worst;
}

int main(int argc, char **argv) {
    outfile_start();
    Arena *a = arena_new();
    Options o;
    ExitCode code = command_line_parse(&o, a, argc, argv);
    o.diagnostics.colour = terminal_knows_codes() && !o.diagnostics.json;
    int launched = code == EXIT_OK ? compile_launch(&o, a, argv) : -1;
    if (launched >= 0)
        code = (ExitCode)launched;
    else if (code == EXIT_OK)
        code = run(&o, a);
    bool lost = fflush(stdout) != 0 || ferror(stdout);
    if (lost && code == EXIT_OK) {
        tell("error: cannot write stdout: %s", strerror(errno));
        code = EXIT_SYSTEM;
    }
    arena_free(a);
    return code;
}
